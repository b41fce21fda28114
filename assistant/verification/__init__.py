"""Does the evidence bear a sentence out? Rules over numbers, units, dates, drugs, actions, sides, negation and words.

Knows nothing of tasks, pages or models: a text and its evidence go in, a verdict with its reason comes out.
"""
