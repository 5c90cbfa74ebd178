"""Is this backward pass right? If not: what is wrong, on which line, with the proof, and the corrected expression.

The way of a check, and the file or room for each part of it:

1. *A file becomes a case* (``records``: a loss, gradients, an update as functions of the parameters). ``runner`` starts
   a process, ``child``, in a ``sandbox``; ``program`` runs the file under a ``watch``, which keeps a ``log``;
   ``sources/`` and ``objects/`` find the parameters, the loss and the gradients; ``quiet`` calls what is theirs.
2. *The truth*: ``truth`` differentiates the recorded loss, ``witnesses`` confirm it.
3. *The diagnosis*: ``gradients`` compares; ``diagnosis`` breaks one rule of ``backprop`` after the other, each a
   mistake of ``mistakes/``, until it gives the author's numbers; ``factors`` knows what needs no search.
4. *The line*: ``backward`` records the author's backward pass; ``lines``, ``peeling``, ``omissions``, ``overwritten``
   find where it leaves the true one, ``placing`` the expression, ``correction/`` what should be written there.
5. *What is said*: ``explained``, ``multiples``, ``losses``, ``unexplained`` make findings of it, with ``hints``,
   ``wording`` and the text of ``places`` in the ``source``; ``reasons`` says why unusual code is right.
6. *What no gradient shows*: ``lints/``, which ``observe`` the training loop.
7. *The report*: ``rendering/``. ``api`` holds it all together.
"""
