"""The pipeline: records, workspace, teachers, sampling, stages and the command line."""
