"""A real Ceph object gateway on one machine, without root: one monitor, one OSD, one radosgw on loopback."""
