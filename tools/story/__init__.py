"""The demo district's year on a simulated clock, from its papers alone: `make story`."""
