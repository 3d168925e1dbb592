"""The names of the files that a training writes into its run folder."""

#: The log files, as patterns: TensorBoard's events and the tables.
LOGS = ("events.out.tfevents.*", "metrics.csv", "quality.csv")
#: For TensorBoard's projector: its settings, the class embedding and the class names.
PROJECTOR = ("projector_config.pbtxt", "class_embedding.tsv", "class_names.tsv")
#: The folders of checkpoints.
CHECKPOINT_FOLDERS = ("checkpoints", "best")
#: The folder of the sample pictures, if no other is chosen.
SAMPLES = "samples"
#: What the networks of a run are, if they are the user's own.
NETWORKS_FILE = "networks.json"
