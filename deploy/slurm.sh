#!/bin/bash
# Two machines with one worker each: sbatch deploy/slurm.sh --run-dir /shared/runs/mine [words of acwgan train]
#SBATCH --job-name=acwgan
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
set -euo pipefail

port=${ACWGAN_PORT:-2222}
restarts=${ACWGAN_RESTARTS:-3}
run_dir=
words=("$@")
for ((i = 0; i < $#; i++)); do
  if [[ ${words[i]} == --run-dir ]]; then run_dir=${words[i + 1]}; fi
done
if [[ -z $run_dir ]]; then
  echo "slurm.sh: give --run-dir DIR, on storage that all nodes see" >&2
  exit 2
fi

workers=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/\$/:$port/" | paste -sd,)
# When a worker fails, all of them end; the last checkpoint is already saved.
for ((left = restarts; left >= 0; left--)); do
  resume=()
  if [[ -e $run_dir/config.json ]]; then resume=(--resume); fi
  status=0
  srun --kill-on-bad-exit=1 bash -c \
    'workers=$1; shift; exec acwgan train "$@" --workers "$workers" --index "$SLURM_PROCID"' \
    worker "$workers" "${words[@]}" "${resume[@]}" || status=$?
  # 0: done. 2: an error to be fixed by the user. 143: SIGTERM, with a checkpoint; --requeue resumes it.
  case $status in 0 | 2 | 143) exit "$status" ;; esac
  echo "slurm.sh: a worker ended with $status; $left restarts left" >&2
done
exit "$status"
