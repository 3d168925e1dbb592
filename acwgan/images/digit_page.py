"""Finds the digits on a page."""

from __future__ import annotations

from math import ceil

import numpy as np

from acwgan.images.mnist_form import INK

#: Cells of the grid on which digits are found, along the longer side of a page.
_CELLS = 250
#: A piece of ink smaller than this share of the largest one is a speck.
_SPECK = 0.2
#: Pieces above one another are one digit if the gap between them, and the height of both together,
#: are at most these shares of the height of the higher one, as the bar of a 5.
_GAP, _TOGETHER = 0.25, 1.6


def digits_on(ink: np.ndarray) -> list[np.ndarray]:
    """The digits on a page, row by row, each row from left to right.

    A digit is a piece of connected ink. Pieces above one another and close are one digit. A speck
    is none, and neither is what touches the edge of the page, as the table below the paper does,
    unless all ink does. Digits that touch are one piece.

    Args:
        ink: ``(H, W)`` gray levels from 0 to 255, ink bright, as from ``ink_of``.

    Returns:
        A part of the page for each digit, ``(h, w)``; nothing but its own ink is on it.

    Example:
        >>> page = np.zeros((40, 100))
        >>> page[10:30, 10:14] = page[10:30, 60:70] = 255
        >>> [part.shape for part in digits_on(page)]
        [(20, 4), (20, 10)]
    """
    step = ceil(max(ink.shape) / _CELLS)
    cells = _blocks(ink, step) >= INK
    at_edge = _blocks(_edge_of(ink), step) >= INK
    pieces = _pieces(cells)
    pieces = [piece for piece in pieces if not any(map(at_edge.item, piece.cells))] or pieces
    if not pieces:
        return []
    most = max(max(piece.height, piece.width) for piece in pieces)
    pieces = [piece for piece in pieces if max(piece.height, piece.width) >= _SPECK * most]
    return [_part(ink, piece, step) for piece in _in_rows(_joined(pieces))]


class _Piece:
    """Connected cells: rows and columns, and the box around them."""

    def __init__(self, cells: list[tuple[int, int]]):
        self.cells = cells
        rows, columns = zip(*cells, strict=True)
        self.top, self.left = min(rows), min(columns)
        self.height, self.width = max(rows) - self.top + 1, max(columns) - self.left + 1


def _blocks(ink: np.ndarray, step: int) -> np.ndarray:
    """The brightest of each ``step`` x ``step`` pixels."""
    height, width = (-(-size // step) for size in ink.shape)
    padded = np.zeros((height * step, width * step), ink.dtype)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return padded.reshape(height, step, width, step).max(axis=(1, 3))


def _edge_of(ink: np.ndarray) -> np.ndarray:
    """The ink in the outermost rows and columns alone."""
    edge = ink.copy()
    edge[1:-1, 1:-1] = 0
    return edge


def _pieces(cells: np.ndarray) -> list[_Piece]:
    """The connected pieces, over edges and corners."""
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    pieces = []
    while left:
        found = [left.pop()]
        for row, column in found:  # Grows meanwhile.
            around = {(row + y, column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)} & left
            left -= around
            found += around
        pieces.append(_Piece(found))
    return pieces


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces, with those of one digit made one."""
    pieces = sorted(pieces, key=lambda piece: piece.top)
    for i, upper in enumerate(pieces):
        for lower in pieces[i + 1 :]:
            if _are_one(upper, lower):
                rest = [piece for piece in pieces if piece not in (upper, lower)]
                return _joined([*rest, _Piece(upper.cells + lower.cells)])
    return pieces


def _are_one(upper: _Piece, lower: _Piece) -> bool:
    common = min(upper.left + upper.width, lower.left + lower.width) - max(upper.left, lower.left)
    gap = lower.top - (upper.top + upper.height)
    together = max(upper.top + upper.height, lower.top + lower.height) - upper.top
    higher = max(upper.height, lower.height)
    return (
        common >= min(upper.width, lower.width) / 2
        and gap <= _GAP * higher
        and together <= _TOGETHER * higher
    )


def _in_rows(pieces: list[_Piece]) -> list[_Piece]:
    """Reading order, also of rows that slope: a piece follows the nearest one beside it."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        before = [row for row in rows if _are_beside(row[-1], piece)]
        if before:
            max(before, key=lambda row: row[-1].left).append(piece)
        else:
            rows.append([piece])
    rows.sort(key=lambda row: sum(piece.top + piece.height / 2 for piece in row) / len(row))
    return [piece for row in rows for piece in row]


def _are_beside(one: _Piece, other: _Piece) -> bool:
    """Whether a third of the lower piece is at the height of the other."""
    common = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return common >= min(one.height, other.height) / 3


def _part(ink: np.ndarray, piece: _Piece, step: int) -> np.ndarray:
    """The ink of a piece, and of the soft edges around its cells."""
    own = np.zeros((piece.height + 2, piece.width + 2), bool)
    for row, column in piece.cells:
        y, x = row - piece.top, column - piece.left
        own[y : y + 3, x : x + 3] = True
    own = own[1:-1, 1:-1].repeat(step, axis=0).repeat(step, axis=1)
    top, left = piece.top * step, piece.left * step
    part = ink[top : top + own.shape[0], left : left + own.shape[1]]
    return part * own[: part.shape[0], : part.shape[1]]
