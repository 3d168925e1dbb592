"""The page in a real browser, opened from the disk and compared with Python's pixels.

``ACWGAN_SCREENSHOTS=FOLDER`` saves screenshots in this folder.
"""

import base64
import csv
import functools
import http.server
import io
import json
import os
import re
import shlex
import threading
from pathlib import Path

import numpy as np
import pytest
from browsers import needs_browser, open_browser
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

import acwgan
from acwgan.errors import UserError
from acwgan.export import litert
from acwgan.files.bundled import ENCODER, GENERATOR, JUDGE, MNIST
from acwgan.generation.generator import Generator
from acwgan.images.grids import enlarged, grid
from acwgan.images.mnist_form import ink_of, mnist_form
from acwgan.networks import calls, registry
from acwgan.networks.calls import in_pixels
from acwgan.web.writer import STYLES, Hand, write_page

pytestmark = needs_browser

#: Script that returns height, width and pixels of every canvas.
PIXELS = """
return [...document.querySelectorAll('#picture canvas')].map(canvas => {
  const {width, height} = canvas;
  return [height, width, [...canvas.getContext('2d').getImageData(0, 0, width, height).data]];
});
"""
#: Script that returns width and height of every canvas as it is shown.
BOXES = """
return [...document.querySelectorAll('#picture canvas')].map(canvas => {
  const {width, height} = canvas.getBoundingClientRect();
  return [width, height];
});
"""


class Page:
    """A page in a browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path):
        for kind in ("browser", "performance"):
            self.log(kind)  # Discard the log of the page before.
        self.driver.get(path if isinstance(path, str) else path.as_uri())
        self.wait(lambda: self.run("return performance.getEntriesByName('first picture').length"))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.driver, 60, 0.05).until(lambda _: condition())

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def type(self, name, text):
        self.find(name).send_keys(Keys.CONTROL, "a", Keys.NULL, text)

    def images(self, label):
        """``(N, H, W, 3)``, once the picture has this label."""
        self.wait(lambda: self.find("picture").get_attribute("aria-label") == label)
        return np.array(
            [np.reshape(data, (h, w, 4))[..., :3] for h, w, data in self.run(PIXELS)], np.uint8
        )

    def requests(self):
        """The addresses that were requested since the page was opened."""
        events = (json.loads(entry["message"])["message"] for entry in self.log("performance"))
        sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def log(self, kind):
        return self.driver.get_log(kind)

    def save(self, name):
        if folder := os.environ.get("ACWGAN_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(f"{folder}/{name}.png")


@pytest.fixture(scope="module")
def digits():
    return acwgan.load()


@pytest.fixture(scope="module")
def written(digits, tmp_path_factory):
    """The page with the generator of the package."""
    return write_page(GENERATOR, digits, tmp_path_factory.mktemp("web") / "page")


@pytest.fixture(scope="module")
def browser_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def browser(browser_folder):
    with open_browser(browser_folder, "900,760", ("browser", "performance")) as driver:
        yield Page(driver)


@pytest.fixture
def page(browser, written):
    browser.open(written)
    return browser


def assert_same(images, expected):
    """The images agree within one gray level, and are not all alike."""
    if expected.ndim == 3:
        expected = expected[..., None].repeat(3, axis=-1)
    assert images.shape == expected.shape and np.ptp(expected) > 50
    assert np.abs(images.astype(int) - expected).max() <= 1


def drawn_by_python(digits, text, style, truncation=1.0, other=None, share=0.0):
    """The pixels that Python draws."""
    z = digits.sampler(style, truncation).latents(1).repeat(len(text), axis=0)
    one, two = (digits.one_hot(digits.labels(names)) for names in (text, other or text))
    return digits.draw(z, ((1 - share) * one + share * two).astype(np.float32))


def test_the_page_draws_the_same_pixels_as_python(page, digits):
    images = page.images("20261122, drawn in style 0")
    assert_same(images, drawn_by_python(digits, "20261122", style=0))
    page.save("web")
    page.type("text", "2 0 2 6")
    assert_same(page.images("2 0 2 6, drawn in style 0"), drawn_by_python(digits, "2026", style=0))
    page.find("style").send_keys(Keys.END)
    last = STYLES - 1
    assert_same(
        page.images(f"2 0 2 6, drawn in style {last}"), drawn_by_python(digits, "2026", last)
    )
    # The most images that are allowed; the other text is shorter.
    page.type("text", "0123456789" * 2)
    page.type("other", "98765")
    page.find("truncation").send_keys(Keys.ARROW_LEFT * 6)
    page.find("morph").send_keys(Keys.ARROW_RIGHT * 30)
    label = f"{'0123456789' * 2}, 30% on the way to 98765, drawn in style {last}"
    expected = drawn_by_python(
        digits, "0123456789" * 2, last, 0.7, "98765" + "567890123456789", 0.3
    )
    assert_same(page.images(label), expected)


def test_the_command_on_the_page_draws_the_same(page, digits, acwgan_command, tmp_path):
    page.type("text", "314")
    page.find("style").send_keys(Keys.ARROW_RIGHT * 5)
    page.find("truncation").send_keys(Keys.ARROW_LEFT * 4)
    images = page.images("314, drawn in style 5")
    program, *words = page.find("command").text.split()
    assert program == "acwgan"
    done = acwgan_command(*words, "--out", tmp_path / "a.png")
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "a.png") as png:
        expected = np.asarray(png)
    assert_same(enlarged(grid(images, 3), 8)[None], expected[None])


def test_everything_works_by_keyboard_with_a_visible_focus(page, browser_folder, digits):
    def press(*keys):
        page.driver.switch_to.active_element.send_keys(*keys)

    page.find("text").click()
    seen = []
    for keys in ["2", Keys.ARROW_RIGHT * 2, "", "", Keys.ARROW_LEFT]:
        focused = page.driver.switch_to.active_element
        seen.append(focused.get_attribute("id"))
        assert focused.value_of_css_property("outline-style") == "solid"
        if keys:
            press(*([Keys.CONTROL, "a", Keys.NULL] if keys == "2" else []), keys)
        press(Keys.TAB)
    assert seen == ["text", "style", "truncation", "other", "morph"]
    page.images("2, drawn in style 2")
    press(Keys.ENTER)
    file = browser_folder / "downloads" / "digits.png"
    page.wait(file.exists)
    with Image.open(io.BytesIO(file.read_bytes())) as png:
        pixels = np.asarray(png.convert("RGB"))
    assert_same(pixels[None], enlarged(grid(drawn_by_python(digits, "2", style=2), 1), 8)[None])


def test_a_wrong_text_is_reported_until_it_is_corrected(page):
    before = page.images("20261122, drawn in style 0")
    page.find("text").send_keys("x")
    page.wait(lambda: "is not a class" in page.find("status").text)
    assert page.find("status").aria_role == "status"  # Screen readers read it out when it changes.
    assert page.find("text").get_attribute("aria-invalid") == "true"
    assert np.array_equal(page.images("20261122, drawn in style 0"), before)
    page.type("text", "0" * 21)
    page.wait(lambda: page.find("status").text == "At most 20 images.")
    page.type("text", "5")
    page.images("5, drawn in style 0")
    assert page.find("status").text == "" and not page.find("text").get_attribute("aria-invalid")


def test_every_control_has_a_name(page):
    names = {
        name: page.find(name).accessible_name
        for name in ("text", "style", "truncation", "other", "morph", "download")
    }
    assert list(names.values()) == [
        "Draw",
        "Style",
        "Truncation",
        "Morph into",
        "Morph",
        "Download PNG",
    ]
    assert page.find("picture").aria_role in ("img", "image")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_has_contrast_in_light_and_dark(page, scheme):
    phone = {"width": 360, "height": 780, "deviceScaleFactor": 2, "mobile": True}
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        assert page.run("return document.documentElement.scrollWidth") <= 360
        controls = page.driver.find_elements(By.CSS_SELECTOR, "input, button, select, #field")
        for control in filter(WebElement.is_displayed, controls):
            box = control.rect
            assert box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= 360
        background = page.run("return getComputedStyle(document.body).backgroundColor")
        assert (luminance(background) > 0.5) == (scheme == "light")
        for selector in ("body", "#status", "footer", "#allowed"):
            color = page.driver.find_element(By.CSS_SELECTOR, selector).value_of_css_property(
                "color"
            )
            assert contrast(color, background) >= 4.5, selector
        page.save(f"phone-{scheme}")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def contrast(*colors):
    """The contrast ratio of WCAG 2.2, 1.4.3."""
    dark, light = sorted(map(luminance, colors))
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    channels = np.array([int(n) for n in re.findall(r"\d+", color)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_nothing_leaves_the_page(page, written):
    page.type("text", "7")
    page.images("7, drawn in style 0")
    assert {*page.requests()} <= {path.as_uri() for path in written.parent.rglob("*")}
    assert page.log("browser") == []
    # The content security policy would stop even a page that was tampered with.
    refused = page.driver.execute_async_script("""
      const done = arguments[0], refused = [];
      document.addEventListener('securitypolicyviolation', event => {
        refused.push(event.effectiveDirective);
        if (refused.length == 4) done(refused);
      });
      fetch('http://127.0.0.1:9/').catch(() => {});
      new Image().src = 'http://127.0.0.1:9/';
      const script = document.createElement('script');
      script.textContent = 'window.wrong = 1';
      document.body.append(script);
      const frame = document.createElement('iframe');
      frame.src = 'http://127.0.0.1:9/';
      document.body.append(frame);
    """)
    assert {*refused} == {"connect-src", "img-src", "script-src-elem", "frame-src"}
    assert page.run("return window.wrong") is None


def test_it_also_works_from_a_web_server(browser, written, digits):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Handler, directory=written.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/"
            browser.open(address)
            images = browser.images("20261122, drawn in style 0")
            requests = browser.requests()
        finally:
            server.shutdown()
    assert_same(images, drawn_by_python(digits, "20261122", style=0))
    assert requests and all(request.startswith((address, "data:,")) for request in requests)


def test_class_names_colors_pixels_and_uniform_latents(browser, tmp_path):
    network = in_pixels(registry.NETWORKS["mlp"].generator(16, (8, 12, 3), 3, seed=1))
    file = litert.export_generator(network, tmp_path / "g.tflite", "uniform")
    mixing = calls.with_mixtures(network)
    generator = Generator(
        lambda z, weights: mixing.predict_on_batch([z, weights]),
        latent_dim=16,
        classes=("red bag", "b,b", "<i>c</i>"),
        latent="uniform",
    )
    browser.open(write_page(file, generator, tmp_path / "page", "acwgan generate --checkpoint x"))
    browser.images('red bag, "b,b", <i>c</i>, drawn in style 0')
    browser.type("text", '<i>c</i>,red bag , "b,b"')
    images = browser.images('<i>c</i>,red bag , "b,b", drawn in style 0')
    assert_same(images, drawn_by_python(generator, ["<i>c</i>", "red bag", "b,b"], style=0))
    command = browser.find("command").text
    assert """--checkpoint x --classes '<i>c</i>,red bag,"b,b"' --style 0""" in command
    browser.type("text", "red")
    browser.wait(lambda: "“red” is not a class" in browser.find("status").text)
    assert browser.log("browser") == []


@pytest.mark.long
@pytest.mark.parametrize("shape", [(24, 40, 1), (50, 30, 3)])
def test_images_that_are_cropped_and_not_square_are_not_stretched(
    browser, browser_folder, tmp_path, shape
):
    network = registry.NETWORKS["acwgan"].generator(16, shape, 3, seed=1)
    assert any("cropping" in layer.name for layer in network.layers) == (shape == (50, 30, 3))
    network.set_weights([20 * array for array in network.get_weights()])  # More contrast.
    file = litert.export_generator(in_pixels(network), tmp_path / "g.tflite")
    generator = acwgan.load(file)
    height, width, _ = shape
    browser.open(write_page(file, generator, tmp_path / "page"))
    images = browser.images("012, drawn in style 0")
    expected = drawn_by_python(generator, "012", style=0)
    assert_same(images, expected)
    for _ in range(2):  # In one row, and in several.
        boxes = browser.run(BOXES)
        assert [round(w / h, 2) for w, h in boxes] == [round(width / height, 2)] * len(boxes)
        browser.type("text", "012" * 6)
        browser.images("012" * 6 + ", drawn in style 0")
    browser.save(f"not-square-{height}x{width}")
    browser.type("text", "012")
    browser.images("012, drawn in style 0")
    for old in (browser_folder / "downloads").glob("*"):
        old.unlink()
    browser.find("download").click()
    file = browser_folder / "downloads" / "images.png"
    browser.wait(file.exists)
    with Image.open(io.BytesIO(file.read_bytes())) as png:
        pixels = np.asarray(png.convert("RGB"))
    assert pixels.shape == (8 * height, 3 * 8 * width, 3)
    assert_same(pixels[None], enlarged(grid(expected, 3), 8)[None])


def test_many_classes_with_any_names(browser, tmp_path):
    names = ("hat, red", '"q"', "</script><b>&amp;", "猫", "$x$", "schön", 300 * "x", "👩\u200d🔬")
    names += tuple(f"glyph {number}" for number in range(512))
    network = in_pixels(registry.NETWORKS["mlp"].generator(16, (8, 8, 1), len(names), seed=1))
    file = litert.export_generator(network, tmp_path / "g.tflite", "uniform")
    mixing = calls.with_mixtures(network)
    generator = Generator(
        lambda z, weights: mixing.predict_on_batch([z, weights]),
        latent_dim=16,
        classes=names,
        latent="uniform",
    )
    browser.open(write_page(file, generator, tmp_path / "page", "acwgan generate --checkpoint x"))
    first = f'"hat, red", """q""", {", ".join(names[2:5])}'
    browser.images(f"{first}, drawn in style 0")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    allowed = browser.find("allowed").text
    assert allowed.startswith("Up to 20: any of ") and " and 500 more, with commas" in allowed
    assert "glyph 511" not in allowed
    browser.find("all").click()
    assert browser.find("names").text.endswith("glyph 510, glyph 511")
    browser.type("text", 'glyph 511, "hat, red" ,scho\u0308n,"""q"""')
    images = browser.images('glyph 511, "hat, red" ,scho\u0308n,"""q""", drawn in style 0')
    asked = ["glyph 511", "hat, red", "schön", '"q"']
    assert_same(images, drawn_by_python(generator, asked, style=0))
    command = shlex.split(browser.find("command").text)
    (given,) = csv.reader([command[command.index("--classes") + 1]])
    assert given == asked
    browser.type("text", "hat, red")
    browser.wait(lambda: "“hat” is not a class" in browser.find("status").text)
    assert browser.log("browser") == []


needs_encoder = pytest.mark.skipif(not ENCODER.exists(), reason="the package has no encoder")
#: The corners of a 7 in the field, from its middle.
SEVEN = [(-60, -80), (60, -85), (20, 0), (-30, 90)]
#: Script that returns height, width and pixels of a digit in MNIST's form.
MNIST_FORM = """
const [gray, height, width] = arguments;
const image = mnistForm(Uint8ClampedArray.from(gray), width, height);
return image && [...image];
"""
#: Script that returns the ink on a gray picture.
INK_OF = """
const [gray, height, width] = arguments;
const data = Uint8ClampedArray.from(gray.flatMap((value) => [value, value, value, 255]));
return [...inkOf({ data, width, height })];
"""


@pytest.fixture
def desk(browser, digits, tmp_path):
    """The page with a field, once the field can be drawn into."""
    browser.open(write_page(GENERATOR, digits, tmp_path / "page", hand=Hand(JUDGE, ENCODER)))
    browser.wait(lambda: browser.run("return performance.getEntriesByName('field ready').length"))
    return browser


def stroke(page, corners):
    """Draw a line with the mouse."""
    field = page.find("field")
    page.run("arguments[0].scrollIntoView({ block: 'center' })", field)
    actions = ActionChains(page.driver, duration=5)
    actions.move_to_element_with_offset(field, *corners[0]).click_and_hold()
    for corner in corners[1:]:
        actions.move_to_element_with_offset(field, *corner)
    actions.release().perform()


def hand_in_the_address(page):
    """The latent in the address, once it is there."""
    found = page.wait(lambda: re.search(r"hand=([\w-]+)", page.driver.current_url))
    steps = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    return np.frombuffer(steps, np.int8).astype(np.float32)[None] / 32


@needs_encoder
def test_a_stroke_draws_all_in_its_hand_and_a_link_shows_the_same(desk, digits):
    stroke(desk, SEVEN)
    images = desk.images("20261122, drawn in your hand")
    assert desk.find("read").text.startswith("Read as 7")
    assert desk.find("all-classes").get_attribute("aria-label") == "all classes in your hand"
    assert len(desk.driver.find_elements(By.CSS_SELECTOR, "#all-classes canvas")) == 10
    assert not desk.find("same").is_displayed()  # No command draws these.
    z = hand_in_the_address(desk)
    weights = digits.one_hot(digits.labels("20261122"))
    images = desk.images("20261122, drawn in your hand")
    assert_same(images, digits.draw(z.repeat(8, axis=0), weights))
    desk.save("hand")
    desk.find("mix").send_keys(Keys.ARROW_LEFT * 40)
    mixed = desk.images("20261122, drawn in style 0 and 60% your hand")
    assert not np.array_equal(mixed, images)
    desk.wait(lambda: "mix=60&hand=" in desk.driver.current_url)
    link = desk.driver.current_url
    desk.driver.get("about:blank")
    desk.open(link)
    again = desk.images("20261122, drawn in style 0 and 60% your hand")
    assert np.array_equal(again, mixed)
    assert desk.log("browser") == []


@needs_encoder
def test_the_judge_is_corrected_and_the_field_cleared(desk):
    stroke(desk, SEVEN)
    desk.wait(lambda: desk.find("read").text.startswith("Read as 7"))
    as_seven = desk.images("20261122, drawn in your hand")
    desk.find("label").send_keys("1")  # With the keyboard.
    desk.wait(lambda: desk.find("read").text.startswith("Taken as 1. The judge reads 7"))
    desk.wait(lambda: not np.array_equal(desk.images("20261122, drawn in your hand"), as_seven))
    desk.find("clear").send_keys(Keys.ENTER)
    desk.images("20261122, drawn in style 0")
    assert desk.find("read").text.startswith("Draw one digit")
    assert desk.find("all-classes").text == ""
    desk.wait(lambda: "hand=" not in desk.driver.current_url)
    stroke(desk, SEVEN)
    desk.wait(lambda: desk.find("read").text.startswith("Read as 7"))
    desk.run("location.hash = 'text=31&style=4'")  # Another link; the drawing is not its hand.
    desk.images("31, drawn in style 4")
    assert desk.find("read").text.startswith("Draw one digit")


@needs_encoder
def test_a_picture_is_opened_dark_on_light_and_a_wrong_file_named(desk, tmp_path):
    with np.load(MNIST) as mnist:
        x, y = mnist["x_test"], mnist["y_test"]
    number = int(np.flatnonzero(y == 4)[0])
    rows, columns = np.mgrid[:300, :420]
    paper = 230 - 0.2 * rows - 0.15 * columns  # As dark as 107 where the light does not come from.
    paper[60:200, 90:230] -= enlarged(x[number].reshape(28, 28, 1), 5)[..., 0] * 0.4
    Image.fromarray(paper.astype(np.uint8)).save(tmp_path / "four.jpg")
    desk.find("file").send_keys(str(tmp_path / "four.jpg"))
    desk.wait(lambda: desk.find("read").text.startswith("Read as 4"))
    desk.images("20261122, drawn in your hand")
    (tmp_path / "notes.txt").write_text("no picture")
    desk.find("file").send_keys(str(tmp_path / "notes.txt"))
    desk.wait(lambda: "notes.txt is not a picture" in desk.find("read").text)


@needs_encoder
def test_the_field_has_a_text_and_its_controls_have_names(desk):
    names = [desk.find(name).accessible_name for name in ("label", "file", "clear", "mix")]
    assert names == ["The digit", "Open a picture", "Clear", "Your hand"]
    assert desk.find("field").accessible_name.startswith("Field to draw one digit into")
    desk.find("morph").click()
    seen = []
    for _ in range(5):
        ActionChains(desk.driver).send_keys(Keys.TAB).perform()
        seen.append(desk.driver.switch_to.active_element.get_attribute("id"))
    assert seen == ["label", "file", "clear", "mix", "download"]


def test_the_page_sees_a_picture_as_python_does(page):
    with np.load(MNIST) as mnist:
        x = mnist["x_test"]
    rows, columns = np.mgrid[:183, :207]
    for image in x[:20].reshape(-1, 28, 28):
        large = np.pad(enlarged(image, 5), ((40, 3), (7, 60)))
        form = page.run(MNIST_FORM, large.ravel().tolist(), *large.shape)
        assert np.allclose(np.reshape(form, (28, 28)), mnist_form(large), atol=0.01)
        paper = np.uint8(230 - 0.2 * rows - 0.15 * columns - 0.4 * large)
        ink = page.run(INK_OF, paper.ravel().tolist(), *paper.shape)
        assert np.allclose(np.reshape(ink, paper.shape), ink_of(paper), atol=0.01)
    assert page.run(MNIST_FORM, [0] * 100, 10, 10) is None


def test_a_page_without_an_encoder_says_so_and_a_link_still_shows_the_same(page):
    assert not page.find("hand").is_displayed() and page.find("no-hand").is_displayed()
    page.type("text", "31")
    page.find("style").send_keys(Keys.ARROW_RIGHT * 7)
    images = page.images("31, drawn in style 7")
    page.wait(lambda: "#text=31&style=7&" in page.driver.current_url)
    link = page.driver.current_url
    page.driver.get("about:blank")
    page.open(link)
    assert np.array_equal(page.images("31, drawn in style 7"), images)
    page.run("location.hash = 'text=5&style=900&hand=x'")  # As a link that was written by hand.
    page.images(f"5, drawn in style {STYLES - 1}")
    page.run("location.hash = 'style=x'")  # What is wrong or left out is as at first.
    page.images("20261122, drawn in style 0")


def test_a_foreign_folder_and_a_network_without_classes_are_refused(digits, tmp_path):
    (tmp_path / "thesis.txt").write_text("words")
    with pytest.raises(UserError, match="holds something else"):
        write_page(GENERATOR, digits, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    without = Generator(lambda z, weights: z, latent_dim=8, classes=())
    with pytest.raises(UserError, match="has no classes"):
        write_page(GENERATOR, without, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    for _ in range(2):  # A page is replaced.
        assert write_page(GENERATOR, digits, tmp_path / "page").exists()
