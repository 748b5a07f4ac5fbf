"""lrcn: published sizes."""

from full_size import full_size


def test_published_sizes() -> None:
    cost = full_size("lrcn", 101, (3, 16, 227, 227))
    convolutions = [34_944, 307_456, 885_120, 663_936, 442_624]  # CaffeNet's
    full, lstm, answer = (6 * 6 * 256 + 1) * 4096, 4 * 256 * (4096 + 256 + 2), (256 + 1) * 101
    assert cost["parameters"] == sum(convolutions) + full + lstm + answer
    assert [cost["shapes"][f"conv{i}"] for i in (1, 2, 5)] == [[96, 16, 55, 55], [256, 16, 27, 27], [256, 16, 13, 13]]
    assert cost["shapes"]["scores"] == [16, 101]
