"""``acwgan export``: the networks of a run as LiteRT files. Nothing heavy is imported before."""

from pathlib import Path

from acwgan.errors import UserError


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
        from acwgan import checkpoint, export, run_folder

        config = run_folder.read_config(arguments.run_dir)
        best = checkpoint.best(arguments.run_dir)
        if best is None:
            raise UserError(f"{arguments.run_dir}: has no checkpoint yet; wait for the first.")
        out = arguments.out or arguments.run_dir
        subject = run_folder.read_subject(arguments.run_dir)
        generator = checkpoint.restore_generator(best, config, subject)
        critic = checkpoint.restore_critic(best, config, subject)
        files = [
            export.export_generator(generator, out / "generator.tflite", config.latent),
            export.export_critic(critic, out / "critic.tflite"),
        ]
    print(f"From {best}:", *files)
    return 0
