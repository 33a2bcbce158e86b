"""The touch centre: hears what happens and carries every word through the gate."""
