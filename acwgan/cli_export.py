"""``acwgan export``: the networks of a run as LiteRT files. Nothing heavy is imported before."""

from pathlib import Path


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "export",
        help="write a run's generator and critic as LiteRT files",
        description="Write generator.tflite and critic.tflite, which run without TensorFlow.",
    )
    parser.set_defaults(command=_export)
    parser.add_argument("run_dir", metavar="RUN", type=Path, help="run folder")
    parser.add_argument("--out", type=Path, help="folder for the files (default: the run folder)")


def _export(arguments) -> int:
    from acwgan.quiet import without_start_up_lines

    with without_start_up_lines():
        from acwgan import checkpoint, checkpoint_folder, export, run_folder

        config = run_folder.read_config(arguments.run_dir)
        out = arguments.out or arguments.run_dir
        subject = run_folder.read_subject(arguments.run_dir)

        def networks(path):
            restore = (checkpoint.restore_generator, checkpoint.restore_critic)
            return [one(path, config, subject) for one in restore]

        best, (generator, critic) = checkpoint_folder.from_best(arguments.run_dir, networks)
        files = [
            export.export_generator(generator, out / "generator.tflite", config.latent),
            export.export_critic(critic, out / "critic.tflite"),
        ]
    print(f"From {best}:", *files)
    return 0
