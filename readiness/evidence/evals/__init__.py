"""What readers of prompts and evaluations share: cases, prompt texts, front matter, JSON lines."""
