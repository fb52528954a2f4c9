"""Home Assistant: who comes through its ingress."""
