"""What a file may say; imports nothing of ours."""
