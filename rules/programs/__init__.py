"""The shipped programmes, one YAML file each."""
