"""Cinder's own fake driver, and what that one lacks; no block is stored."""

from cinder.tests import fake_driver


class SandboxVolumeDriver(fake_driver.FakeLoggingVolumeDriver):
    """Says yes to everything a volume can be asked for."""

    def extend_volume(self, volume, new_size):
        """Nothing to do: a volume has no size but the one in the database."""

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        """The answer of a back end that copied the image by itself."""
        return {}, True

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        """Nothing to copy."""

    def revert_to_snapshot(self, context, volume, snapshot):
        """Nothing to revert."""
