"""One file per family of attacks: what holds with every rule, and the harm with its rule taken away."""
