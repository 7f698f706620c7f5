"""The caller's end of pjsua2; imported nowhere else."""
