"""Every tag that a run writes: what it means, and where it is shown."""

#: Tag -> what it is, for TensorBoard.
DESCRIPTIONS = {
    "loss/critic": "What the critic minimises: mean score of fakes - mean score of reals, plus "
    "the weighted class and penalty terms; any sign.",
    "loss/class_real": "Cross-entropy of the critic's class head on real images, in nats, 0 or "
    "more; a guess among 10 classes is 2.3.",
    "loss/class_fake": "Cross-entropy of the critic's class head on fakes and the classes that "
    "were asked for, in nats, 0 or more.",
    "loss/penalty": "Gradient penalty mean((norm - 1)^2) before its weight, 0 or more; 0 where "
    "the critic's slope is 1.",
    "loss/generator": "What the generator minimises: -mean score of fakes, plus the weighted class "
    "term; any sign.",
    "loss/generator_class": "Cross-entropy of the critic's class head on the generator's own "
    "batch, before its weight, in nats, 0 or more.",
    "score/real": "Mean score of real images; any range, only differences mean something.",
    "score/fake": "Mean score of fakes; any range, only differences mean something.",
    "wasserstein_estimate": "Mean score of reals - mean score of fakes in the batch trained on, in "
    "units of the critic's slope; it falls as the fakes get better.",
    "wasserstein_estimate_held_out": "The same on real images that the critic never learns from; "
    "well below the other one: the critic knows its images by heart.",
    "class/accuracy_real": "Share of the real images whose class the critic reads right, 0 to 1.",
    "class/accuracy_fake": "Share of the fakes that the critic reads as the class that was asked "
    "for, 0 to 1.",
    "quality/class_accuracy": "Share of the samples that the judge reads as the class that was "
    "asked for, 0 to 1; high is good.",
    "quality/frechet_distance": "Distance between the judge's features of samples and of training "
    "images, 0 or more; low is good.",
    "gradient_norm/critic": "Norm of all gradients of the last critic update together, 0 or more.",
    "gradient_norm/generator": "Norm of all gradients of the generator update together, 0 or more.",
    "weights/clipped_share": "Share of the critic's weights at the clip bound, 0 to 1.",
    "weights/critic": "All trainable weights of the critic.",
    "speed/generator_steps_per_second": "Generator updates per second.",
    "samples/grid": "The same latents at each step; a row is a class, a column a latent.",
    "samples/fresh": "Other latents at each step.",
    "samples/walk": "Each row walks from one latent to another, the same two at each step.",
    "warnings": "What has gone wrong with the training, when it began.",
    "samples/video": "The sample pictures up to this step, one after the other.",
}
#: Title of a chart -> the tags in it, a regular expression each.
CHARTS = {
    "Wasserstein estimate: batch trained on, held out": ["wasserstein_estimate(_held_out)?$"],
    "Losses of the two networks": ["loss/(critic|generator)$"],
    "Class and penalty terms": ["loss/(class_real|class_fake|generator_class|penalty)$"],
    "Classes as the critic reads them": ["class/"],
    "Quality: Fréchet distance": ["quality/frechet_distance$"],
    "Quality: class accuracy, of all and of each class": ["quality/class_accuracy"],
    "Gradient norms": ["gradient_norm/"],
}
