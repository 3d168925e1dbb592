"""Digits over HTTP: ``uvicorn --app-dir docs/examples serve:app``.

Then open http://127.0.0.1:8000/digits/20261122.png?seed=7.
"""

import io
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Query, Response
from PIL import Image

import acwgan
from acwgan.errors import UserError
from acwgan.images import grid

app = FastAPI(title="Digits on demand")
# Loaded once; any number of threads may draw from it at the same time.
generator = acwgan.load()


@app.get("/digits/{text}.png")
def digits(
    text: Annotated[str, Path(max_length=100)], seed: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Draw a text as one picture; the same seed gives the same picture."""
    try:
        images = generator.generate(text, seed)
    except UserError as error:
        raise HTTPException(422, str(error)) from error
    picture = io.BytesIO()
    Image.fromarray(grid(images, columns=len(images))).save(picture, "PNG", compress_level=1)
    return Response(picture.getvalue(), media_type="image/png")
