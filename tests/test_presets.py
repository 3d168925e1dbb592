from acwgan.config import Config
from acwgan.presets import PRESETS


def test_the_default_config_is_our_preset():
    assert PRESETS["acwgan"] == Config()


def test_the_article_is_as_published():
    article = PRESETS["article"]
    assert (article.optimizer, article.critic_learning_rate, article.generator_learning_rate) == (
        "rmsprop",
        5e-5,
        5e-5,
    )
    assert (article.clip_value, article.clip_before_update, article.gp_weight) == (0.01, True, None)
    assert (article.batch_size, article.steps, article.latent_dim) == (100, 20_000, 100)
    assert (article.schedule, article.n_critic, article.joint_update) == ("article", 5, False)
    assert article.class_loss_on_fakes and article.include_test and article.ema_decay is None
