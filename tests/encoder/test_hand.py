"""From pictures of a hand to the latent that draws in it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import acwgan
from acwgan.encoder.hand import encode, mean_latent
from acwgan.encoder.latent_files import read_latent, save_latent
from acwgan.encoder.pictures import read_digits, read_image
from acwgan.encoder.trained import Encoder, EncoderError, load_encoder
from acwgan.errors import DataError, ParameterError
from acwgan.evaluation.judge import JudgeError
from acwgan.files.bundled import CRITIC, ENCODER, GENERATOR
from acwgan.generation.class_names import ClassError
from acwgan.images.grids import enlarged
from acwgan.images.png import PictureError


@pytest.fixture(scope="module")
def mnist_digits(digits):
    """Eight test digits ``(28, 28)`` uint8: 7 2 1 0 4 1 4 9."""
    return np.rint((digits[0][..., 0] + 1) * 127.5).astype(np.uint8)


def paper(mnist_digits, columns=4, scale=6):
    """Digits on paper that is lit from one side, as a phone sees it."""
    rows = -(-len(mnist_digits) // columns)
    y, x = np.mgrid[: rows * 28 * scale + 40, : columns * 28 * scale + 60]
    picture = (
        240 - 40 * y / len(y) - 30 * x / len(x[0]) + np.random.default_rng(0).normal(0, 2, y.shape)
    )
    for n, digit in enumerate(mnist_digits):
        top, left = np.multiply(divmod(n, columns), 28 * scale) + 20
        part = picture[top : top + 28 * scale, left : left + 28 * scale]
        part -= 0.6 * enlarged(digit, scale)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


@pytest.fixture
def seven(mnist_digits, tmp_path):
    """A photograph of a 7."""
    path = tmp_path / "seven.jpg"
    paper(mnist_digits[:1], 1).save(path, quality=90)
    return path


def test_a_digit_is_read_and_drawn_again_more_closely_than_by_chance(seven, mnist_digits):
    hand = encode(seven)
    assert hand.z.shape == (64,) and hand.z.dtype == np.float32
    assert (hand.names, hand.labels.tolist(), hand.classes[7]) == ([str(seven)], [7], "7")
    assert hand.probabilities[0] > 0.9
    assert np.corrcoef(hand.images[0].ravel(), mnist_digits[0].ravel())[0, 1] > 0.95
    generator = acwgan.load()
    assert np.array_equal(hand.drawn, generator.generate("7", z=hand.z))
    others = generator.generate("7", rows=100).astype(float) - hand.images
    assert hand.distance[0] < np.sqrt(((others / 255) ** 2).mean(axis=(1, 2))).mean() - 0.05


def test_all_images_of_a_latent_are_in_one_hand(seven):
    z = encode(seven).z
    generator = acwgan.load()
    images = generator.generate("1717", z=z, rows=2)
    assert np.array_equal(images[:2], images[2:4]) and np.array_equal(images[:4], images[4:])
    half = generator.sampler(truncation=0.5, z=z).latents(3)
    assert np.array_equal(half, np.tile(z * np.float32(0.5), (3, 1)))
    with pytest.raises(ParameterError, match="z"):
        generator.generate("7", z=z[:3])


def test_a_page_is_split_and_its_latents_averaged(mnist_digits, tmp_path):
    paper(mnist_digits).save(tmp_path / "page.png")
    hand = encode(tmp_path / "page.png")
    assert hand.labels.tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    assert hand.names[1] == f"{tmp_path / 'page.png'}[1]"
    each = load_encoder()(hand.images, hand.labels)
    assert np.array_equal(hand.z, mean_latent(each))
    lengths = np.linalg.norm(each, axis=1)
    assert np.linalg.norm(hand.z) == pytest.approx(lengths.mean(), rel=1e-5)


def test_several_files_count_like_one_page(mnist_digits, tmp_path):
    for n, digit in enumerate(mnist_digits):
        Image.fromarray(digit).save(tmp_path / f"{n}.png")
    hand = encode([tmp_path / f"{n}.png" for n in range(8)])
    assert np.array_equal(hand.images, mnist_digits)  # In MNIST's form already.
    assert hand.labels.tolist() == [7, 2, 1, 0, 4, 1, 4, 9]


def test_given_labels_are_taken(mnist_digits, tmp_path):
    paper(mnist_digits).save(tmp_path / "page.png")
    hand = encode(tmp_path / "page.png", labels="72104149")
    assert hand.labels.tolist() == [7, 2, 1, 0, 4, 1, 4, 9] and hand.probabilities is None
    assert encode(tmp_path / "page.png", labels="1").labels.tolist() == [1] * 8
    with pytest.raises(EncoderError, match=r"names 3 classes, and there are 8 images .*\[4\], …\)"):
        encode(tmp_path / "page.png", labels="721")
    with pytest.raises(ClassError, match="x"):
        encode(tmp_path / "page.png", labels="x")


@pytest.mark.parametrize(
    "lines",
    [
        [[(100, 20), (150, 180), (20, 80), (180, 80), (50, 180), (100, 20)]],
        [[(x, 20), (x, 180)] for x in (70, 130)] + [[(20, y), (180, y)] for y in (70, 130)],
    ],
    ids=["star", "hash"],
)
def test_what_is_no_digit_is_refused_unless_its_class_is_given(tmp_path, lines):
    image = Image.new("L", (200, 200), 255)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=0, width=14)
    image.save(tmp_path / "x.png")
    with pytest.raises(EncoderError, match=r"x\.png: may be no digit.*`labels="):
        encode(tmp_path / "x.png")
    assert encode(tmp_path / "x.png", labels="8").labels.tolist() == [8]


def test_what_cannot_be_read_is_named(tmp_path):
    Image.new("L", (200, 200), 255).save(tmp_path / "empty.png")
    with pytest.raises(EncoderError, match=r"empty\.png: has no ink"):
        encode(tmp_path / "empty.png")
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(PictureError, match=r"notes\.png: is not a"):
        encode(tmp_path / "notes.png")


def test_refined_latents_draw_more_closely_and_stay_in_reach(seven):
    hand, refined = encode(seven), encode(seven, refine=60)
    assert refined.distance[0] < 0.7 * hand.distance[0]
    assert (refined.z**2).mean() < 1


def test_a_picture_upside_down_is_turned_by_its_exif(seven, mnist_digits, tmp_path):
    picture = Image.open(seven)
    exif = picture.getexif()
    exif[0x0112] = 3
    picture.transpose(Image.Transpose.ROTATE_180).save(tmp_path / "turned.jpg", exif=exif)
    (digit,) = read_digits(tmp_path / "turned.jpg")
    assert np.corrcoef(digit.ravel(), mnist_digits[0].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK"])
def test_a_large_picture_in_any_mode_is_read(mnist_digits, mode, tmp_path):
    path = tmp_path / "large.tiff"
    paper(mnist_digits[:1], 1, scale=60).convert(mode).save(path)
    (digit,) = read_digits(path)
    assert np.corrcoef(digit.ravel(), mnist_digits[0].ravel())[0, 1] > 0.95


def test_pictures_of_other_generators_are_read_as_for_training(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", (16, 16, 3)).shape == (1, 16, 16, 3)
    assert read_image(tmp_path / "a.png", (16, 12, 1)).shape == (1, 16, 12)
    assert np.array_equal(read_image(tmp_path / "a.png", (30, 40, 3))[0], pixels)


def test_a_generator_without_an_encoder_says_how_to_make_one(trained_run, seven):
    with pytest.raises(EncoderError, match=f"is missing; acwgan encoder {trained_run}"):
        encode(seven, trained_run)
    with pytest.raises(EncoderError, match="is not an encoder"):
        Encoder(CRITIC)


def test_a_generator_alone_knows_no_judge(seven, tmp_path):
    path = tmp_path / "generator.tflite"
    path.write_bytes(GENERATOR.read_bytes())
    (tmp_path / "encoder.tflite").write_bytes(ENCODER.read_bytes())
    with pytest.raises(JudgeError, match="or pass `labels`"):
        encode(seven, path)
    assert encode(seven, path, labels="7").images.shape == (1, 28, 28)


def test_latents_in_files(tmp_path):
    z = np.linspace(-1, 1, 64, dtype=np.float32)
    save_latent(tmp_path / "z.npy", z)
    assert np.array_equal(read_latent(tmp_path / "z.npy", 64), z)
    np.save(tmp_path / "row.npy", z[None].astype(np.float64))
    assert np.array_equal(read_latent(tmp_path / "row.npy", 64), z)
    with pytest.raises(DataError, match=r"must hold a latent of this generator, 8 numbers"):
        read_latent(tmp_path / "z.npy", 8)
    np.save(tmp_path / "nan.npy", z * np.nan)
    with pytest.raises(DataError, match="not finite"):
        read_latent(tmp_path / "nan.npy", 64)
    np.save(tmp_path / "objects.npy", np.array([{}] * 64), allow_pickle=True)
    (tmp_path / "text.npy").write_text("z")
    for name in ("objects.npy", "text.npy"):
        with pytest.raises(DataError, match=f"{name}: is not a .npy file of a latent"):
            read_latent(tmp_path / name, 64)
