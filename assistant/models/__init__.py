"""Language models behind one seam, LangChain's ``BaseChatModel``. ``base.open_chat_model`` is the door.

Owns loading, decoding, adapters and servers. Refuses to know what is asked or how the answer is checked.
"""
