"""How an operation is shown: a live tree, plain lines, a closing summary, a JSON document."""
