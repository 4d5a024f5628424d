# The workload for OpenTofu; values come as TF_VAR_*.
terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

provider "openstack" {} # OS_* environment

variable "n" { type = number }
variable "prefix" { type = string }
variable "image_id" { type = string }
variable "flavor_id" { type = string }
variable "extnet_id" { type = string }
variable "extnet_name" { type = string }
variable "boot_gib" { type = number } # 0: the server runs from its flavor's own disk

resource "openstack_networking_network_v2" "net" {
  name = "${var.prefix}-net"
}

resource "openstack_networking_subnet_v2" "subnet" {
  name       = "${var.prefix}-subnet"
  network_id = openstack_networking_network_v2.net.id
  cidr       = "10.144.0.0/18"
  ip_version = 4
}

resource "openstack_networking_router_v2" "router" {
  name                = "${var.prefix}-router"
  external_network_id = var.extnet_id
}

resource "openstack_networking_router_interface_v2" "iface" {
  router_id = openstack_networking_router_v2.router.id
  subnet_id = openstack_networking_subnet_v2.subnet.id
}

resource "openstack_networking_secgroup_v2" "sg" {
  name = "${var.prefix}-sg"
}

resource "openstack_networking_secgroup_rule_v2" "tcp" {
  for_each          = toset(["22", "80", "443"])
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = tonumber(each.key)
  port_range_max    = tonumber(each.key)
  remote_ip_prefix  = "0.0.0.0/0"
  security_group_id = openstack_networking_secgroup_v2.sg.id
}

resource "openstack_networking_secgroup_rule_v2" "icmp" {
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "icmp"
  remote_ip_prefix  = "0.0.0.0/0"
  security_group_id = openstack_networking_secgroup_v2.sg.id
}

resource "openstack_networking_qos_policy_v2" "qos" {
  name = "${var.prefix}-qos"
}

resource "openstack_networking_qos_bandwidth_limit_rule_v2" "bw" {
  qos_policy_id  = openstack_networking_qos_policy_v2.qos.id
  max_kbps       = 10000
  max_burst_kbps = 8000
  direction      = "egress"
}

resource "openstack_networking_port_v2" "port" {
  count              = var.n
  name               = "${var.prefix}-port-${count.index}"
  network_id         = openstack_networking_network_v2.net.id
  security_group_ids = [openstack_networking_secgroup_v2.sg.id]
  qos_policy_id      = openstack_networking_qos_policy_v2.qos.id
  fixed_ip { subnet_id = openstack_networking_subnet_v2.subnet.id }
}

resource "openstack_blockstorage_volume_v3" "boot" {
  count    = var.boot_gib > 0 ? var.n : 0
  name     = "${var.prefix}-boot-${count.index}"
  size     = var.boot_gib
  image_id = var.image_id
}

resource "openstack_compute_instance_v2" "vm" {
  count     = var.n
  name      = "${var.prefix}-vm-${count.index}"
  image_id  = var.boot_gib > 0 ? null : var.image_id
  flavor_id = var.flavor_id
  dynamic "block_device" {
    for_each = var.boot_gib > 0 ? [openstack_blockstorage_volume_v3.boot[count.index].id] : []
    content {
      uuid                  = block_device.value
      source_type           = "volume"
      destination_type      = "volume"
      boot_index            = 0
      delete_on_termination = false
    }
  }
  network { port = openstack_networking_port_v2.port[count.index].id }
}

resource "openstack_blockstorage_volume_v3" "vol" {
  count = var.n
  name  = "${var.prefix}-vol-${count.index}"
  size  = 1
}

resource "openstack_compute_volume_attach_v2" "att" {
  count       = var.n
  instance_id = openstack_compute_instance_v2.vm[count.index].id
  volume_id   = openstack_blockstorage_volume_v3.vol[count.index].id
}

resource "openstack_networking_floatingip_v2" "fip" {
  pool       = var.extnet_name
  port_id    = openstack_networking_port_v2.port[0].id
  depends_on = [openstack_networking_router_interface_v2.iface]
}

resource "openstack_objectstorage_container_v1" "container" {
  name = "${var.prefix}-objects"
}
