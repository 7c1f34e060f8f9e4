"""What the attribution models say of the same money: in numbers, in a picture, as an asset."""
