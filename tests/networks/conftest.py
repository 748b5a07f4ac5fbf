"""What the tests of published weights share."""

from published import agree, quiet, randomise, saved, vgg_file

__all__ = ["agree", "quiet", "randomise", "saved", "vgg_file"]
