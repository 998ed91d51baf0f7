"""From a `Spec` to an image: code assembled and placed, sites laid out, ops and data initialised.

This is done once a scenario; every run starts from the same image and copies nothing but what it writes.
"""

from __future__ import annotations

from .image import BuildError, Image, Site
from .initial import declare_modifiable, initialise_ops
from .lock_use import check_locks
from .placing import Placer
from .spec import Spec
from .templates import place_template

__all__ = ["BuildError", "Image", "Site", "build_image"]


def build_image(spec: Spec) -> Image:
    """Build the image of a world.  Raises BuildError, and DesignError for a user's design."""
    check_locks(spec)
    image = Image(spec, spec.design)
    placer = Placer(image)
    placer.place_text()
    placer.place_functions()
    placer.place_data()
    placer.encode()
    if image.design.template:
        image.template = place_template(image)
    initialise_ops(image)
    declare_modifiable(image)
    return image
