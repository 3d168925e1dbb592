"""Contender (a): the Keras article's WGAN-ACGAN loop, in plain Keras.

Written as the article has it: two compiled models that share the critic, `train_on_batch` for every
update, `predict` for the fakes (in its default batches of 32), and the clipping in Python, layer by
layer, at the start of each critic step.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers, ops

from bench.step import common
from bench.step import preset_article as article


def wasserstein_loss(signs, scores):
    """mean(sign * score); sign -1 raises the scores, +1 lowers them (the article's `d_loss`)."""
    return ops.mean(signs * scores)


def build_critic(dropout: float) -> keras.Model:
    """Four convolutions and two heads: a linear score and the class probabilities."""
    initializer = keras.initializers.RandomNormal(0.0, 0.02)
    images = keras.Input((28, 28, 1))
    x = images
    for filters, pool in zip(article.CRITIC_FILTERS, article.CRITIC_POOLS, strict=True):
        x = layers.Conv2D(filters, 3, padding="same", kernel_initializer=initializer)(x)
        if pool > 1:
            x = layers.MaxPooling2D(pool)(x)
        x = layers.LeakyReLU(article.LEAKY_SLOPE)(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Flatten()(x)
    score = layers.Dense(1, name="score")(x)
    class_probs = layers.Dense(common.NUM_CLASSES, activation="softmax", name="class_probs")(x)
    return keras.Model(images, [score, class_probs])


def build_generator() -> keras.Model:
    """Label embedding times z, two dense layers, then two upsampling convolutions."""
    initializer = keras.initializers.RandomNormal(0.0, 0.02)
    z = keras.Input((article.LATENT_DIM,))
    labels = keras.Input((1,), dtype="int32")
    embedding = layers.Embedding(
        common.NUM_CLASSES, article.LATENT_DIM, embeddings_initializer="glorot_uniform"
    )(labels)
    x = layers.Multiply()([z, layers.Flatten()(embedding)])
    for units in (1024, 7 * 7 * 128):
        x = layers.LeakyReLU(article.LEAKY_SLOPE)(layers.Dense(units)(x))
    x = layers.Reshape((7, 7, 128))(x)
    for filters in (256, 128):
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(filters, 5, padding="same", kernel_initializer=initializer)(x)
        x = layers.LeakyReLU(article.LEAKY_SLOPE)(x)
    fake = layers.Conv2D(1, 2, padding="same", activation="tanh", kernel_initializer=initializer)(x)
    return keras.Model([z, labels], fake)


class KerasLoop:
    """The article's two training steps."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, dropout: float):
        self.images = common.to_unit_range(images)
        self.labels = labels
        self.critic = build_critic(dropout)
        self.generator = build_generator()
        losses = [wasserstein_loss, "sparse_categorical_crossentropy"]
        self.critic.compile(keras.optimizers.RMSprop(article.LEARNING_RATE), loss=losses)
        self.critic.trainable = False
        self.combined = keras.Model(self.generator.inputs, self.critic(self.generator.outputs[0]))
        self.combined.compile(keras.optimizers.RMSprop(article.LEARNING_RATE), loss=losses)
        self.real_signs = -np.ones((article.BATCH_SIZE, 1), np.float32)
        self.fake_signs = np.ones((article.BATCH_SIZE, 1), np.float32)

    def set_weights(self, arrays: dict[str, np.ndarray]) -> None:
        """Keras lists the weights in the order of `WEIGHT_SHAPES`."""
        for model, prefix in ((self.critic, "critic/"), (self.generator, "generator/")):
            names = [name for name in article.WEIGHT_SHAPES if name.startswith(prefix)]
            model.set_weights([arrays[name] for name in names])

    def get_weights(self) -> dict[str, np.ndarray]:
        """The inverse of `set_weights`."""
        arrays = self.critic.get_weights() + self.generator.get_weights()
        return dict(zip(article.WEIGHT_SHAPES, arrays, strict=True))

    def critic_outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores (B,) and class probabilities (B, 10)."""
        scores, class_probs = self.critic.predict(images, verbose=0)
        return scores[:, 0], class_probs

    def generator_images(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Fake images (B, 28, 28, 1)."""
        return self.generator.predict([z, labels[:, None]], verbose=0)

    def draw_real(self) -> tuple[np.ndarray, np.ndarray]:
        """A batch of real images without replacement, and their labels."""
        index = np.random.choice(len(self.images), article.BATCH_SIZE, replace=False)
        return self.images[index], self.labels[index]

    def draw_latents(self) -> tuple[np.ndarray, np.ndarray]:
        """Latents (B, 100) and labels (B,) for a batch of fakes."""
        z = np.random.normal(0.0, 1.0, (article.BATCH_SIZE, article.LATENT_DIM))
        return z.astype(np.float32), np.random.randint(0, common.NUM_CLASSES, article.BATCH_SIZE)

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """Clips, then updates the critic on real images, then on fakes."""
        self.critic.trainable = True
        for layer in self.critic.layers:
            clip = article.CLIP_VALUE
            layer.set_weights([np.clip(weight, -clip, clip) for weight in layer.get_weights()])
        images, labels = (batch.real_images, batch.real_labels) if batch else self.draw_real()
        self.critic.train_on_batch(images, [self.real_signs, labels])
        z, labels = (batch.z, batch.fake_labels) if batch else self.draw_latents()
        fakes = self.generator_images(z, labels)
        self.critic.train_on_batch(fakes, [self.fake_signs, labels])

    def generator_step(self, batch: common.Batch | None = None) -> None:
        """Updates the generator against the frozen critic."""
        self.critic.trainable = False
        z, labels = (batch.z, batch.fake_labels) if batch else self.draw_latents()
        self.combined.train_on_batch([z, labels[:, None]], [self.real_signs, labels])

    def cycle(self) -> None:
        """`N_CRITIC` critic steps, then a generator step."""
        for _ in range(article.N_CRITIC):
            self.critic_step()
        self.generator_step()


def build(images: np.ndarray, labels: np.ndarray, dropout: float) -> KerasLoop:
    """Builds the contender on uint8 digits and their labels."""
    return KerasLoop(images, labels, dropout)
