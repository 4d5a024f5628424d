"""What a merge request would do: problems, estate, head-room, cost, missing signatures. Pure; reads no clock."""
