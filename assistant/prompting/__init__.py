"""What a model is shown: the chat renderer, the evidence block, a task's messages. Knows no model and no task."""
