"""What the product talks about: records, evidence, answers, documents.

Frozen dataclasses only. Knows nothing of files, models, databases or pages.
"""
