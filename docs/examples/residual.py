"""A residual generator and critic of one's own, trained, resumed and drawn: python residual.py.

The same networks from the command line, in this folder:

    acwgan train --networks residual:build_generator,build_critic --run-dir out/residual
"""

import keras
from keras import layers

import acwgan


def residual(x, filters, resize):
    """Two convolutions and a way around them, at the size that ``resize`` makes."""
    around = layers.Conv2D(filters, 1)(resize(x))
    x = layers.Conv2D(filters, 3, padding="same")(layers.LeakyReLU(0.2)(resize(x)))
    x = layers.Conv2D(filters, 3, padding="same")(layers.LeakyReLU(0.2)(x))
    return layers.Add()([x, around])


def build_generator(latent_dim, image_shape, num_classes):
    """[z, labels] -> images in [-1, 1]."""
    height, width, channels = image_shape
    z = keras.Input((latent_dim,), name="z")
    labels = keras.Input((), dtype="int32", name="labels")
    x = layers.Concatenate()([z, layers.Embedding(num_classes, latent_dim)(labels)])
    x = layers.Dense(height // 4 * (width // 4) * 96)(x)
    x = layers.Reshape((height // 4, width // 4, 96))(x)
    for filters in (64, 32):
        x = layers.BatchNormalization()(residual(x, filters, layers.UpSampling2D()))
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh")(layers.LeakyReLU(0.2)(x))
    return keras.Model([z, labels], x)


def build_critic(image_shape, num_classes):
    """Images -> scores and class logits."""
    x = images = keras.Input(image_shape)
    for filters in (32, 64, 96):
        x = residual(x, filters, layers.AveragePooling2D(2, padding="same"))
    x = layers.Dropout(0.2)(layers.Flatten()(layers.LeakyReLU(0.2)(x)))
    return keras.Model(images, [layers.Dense(1)(x), layers.Dense(num_classes)(x)])


if __name__ == "__main__":
    config = acwgan.Config(steps=2000, schedule="constant")
    networks = (build_generator, build_critic)
    acwgan.train(config, "out/residual", networks=networks, resume="auto")
    print(acwgan.load("out/residual").generate("20260").shape)
