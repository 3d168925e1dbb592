"""Generators of this package in Keras' own layers alone, which Keras opens without the package."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from acwgan.networks.blocks import GlobalBatchNormalization
from acwgan.networks.dropout import StatelessDropout
from acwgan.networks.layers import ClassConditioning, LeakyReLU, UpsampleConv2D


def in_stock_layers(generator: keras.Model) -> keras.Model:
    """The same function of the same weights, in layers that every Keras has.

    ``ClassConditioning`` becomes an ``Embedding`` of the label and a ``Multiply``, with a shift a
    second ``Embedding`` and an ``Add``. ``UpsampleConv2D`` becomes ``UpSampling2D`` and ``Conv2D``,
    with more multiplications; its sums round in another order.

    Args:
        generator: [z, labels] -> images, or [z] -> images; also from ``networks.in_pixels``.

    Returns:
        A ``keras.Model`` with the same inputs and outputs, which shares the layers that it keeps;
        the generator itself if none of its layers is of this package.

    Example:
        >>> from acwgan.networks.registry import NETWORKS
        >>> generator = NETWORKS["mlp"].generator(8, (8, 8, 1), num_classes=3)
        >>> sorted({type(layer).__name__ for layer in in_stock_layers(generator).layers[:4]})
        ['Embedding', 'InputLayer', 'Multiply']
    """
    stock = stock_form(generator)
    for layer, layers_of_keras in _pairs(generator, stock):
        weights = layer.get_weights()
        for of_keras in layers_of_keras:
            count = len(of_keras.weights)
            of_keras.set_weights(weights[:count])
            weights = weights[count:]
    return stock


def stock_form(generator: keras.Model) -> keras.Model:
    """What ``in_stock_layers`` returns, with initial weights in the layers that are new.

    Args:
        generator: The generator.
    """
    if not any(type(layer) in _EXPANSIONS for layer in generator.layers):
        return generator

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        expand = _EXPANSIONS.get(type(layer))
        return expand(layer, *arguments) if expand else layer(*arguments, **options)

    return keras.models.clone_model(
        generator, clone_function=lambda layer: layer, call_function=call
    )


def copy_from_stock_layers(generator: keras.Model, stock: keras.Model) -> None:
    """Copy the weights of new layers back: the inverse of ``in_stock_layers``.

    Args:
        generator: The generator of this package.
        stock: ``stock_form`` of it, with other weights since.
    """
    for layer, layers_of_keras in _pairs(generator, stock):
        layer.set_weights([weight for each in layers_of_keras for weight in each.get_weights()])


def _pairs(
    generator: keras.Model, stock: keras.Model
) -> list[tuple[keras.layers.Layer, list[keras.layers.Layer]]]:
    """Each layer of this package, and the layers with its weights, in the order of its weights."""
    if stock is generator:
        return []
    found = {layer.name: layer for layer in stock.layers}
    return [
        (layer, [found[name] for name in (layer.name, _shift_name(layer)) if name in found])
        for layer in generator.layers
        if type(layer) in _EXPANSIONS
    ]


def _shift_name(layer: keras.layers.Layer) -> str:
    return f"{layer.name}_shift"


def _conditioning(layer: ClassConditioning, x: Any, labels: Any) -> Any:
    def rows(table: keras.Variable, name: str) -> Any:
        row = layers.Embedding(*table.shape, name=name)(labels)
        between = [1] * (len(x.shape) - 2)
        return layers.Reshape((*between, table.shape[-1]))(row) if between else row

    x = layers.Multiply()([x, rows(layer.embeddings, layer.name)])
    if layer.shift:
        x = layers.Add()([x, rows(layer.shifts, _shift_name(layer))])
    return x


def _upsampling(layer: UpsampleConv2D, x: Any) -> Any:
    convolution = layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        padding="same",
        use_bias=layer.use_bias,
        name=layer.name,
    )
    x = convolution(layers.UpSampling2D(layer.factor)(x))
    if layer.negative_slope is not None:
        x = layers.LeakyReLU(negative_slope=layer.negative_slope)(x)
    return x


def _batch_normalization(layer: GlobalBatchNormalization, x: Any) -> Any:
    return layers.BatchNormalization.from_config(layer.get_config())(x)


def _dropout(layer: StatelessDropout, x: Any) -> Any:
    return layers.Dropout(layer.rate, name=layer.name)(x)


def _leaky_relu(layer: LeakyReLU, x: Any) -> Any:
    return layers.LeakyReLU.from_config(layer.get_config())(x)


#: Layer of this package -> what stands for it.
_EXPANSIONS: dict[type, Any] = {
    ClassConditioning: _conditioning,
    UpsampleConv2D: _upsampling,
    GlobalBatchNormalization: _batch_normalization,
    StatelessDropout: _dropout,
    LeakyReLU: _leaky_relu,
}
