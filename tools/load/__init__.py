"""A libvirt exporter with a known load: it tells the exact integrals of curves, so that errors can be measured."""
