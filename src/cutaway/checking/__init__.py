"""Is this backward pass right? If not: what is wrong, on which line, with the proof, and the corrected expression.

The way of a check, and the room for each part of it:

1. *A file becomes a case* (``records``: a loss, gradients, an update as functions of parameters). In ``running/``, a
   ``runner`` starts a process, ``child``, in a ``sandbox``; ``program`` runs the file under a ``watch``, which keeps a
   ``log``; ``quiet`` calls what is the author's. ``sources/`` and ``objects/`` find parameters, loss and gradients.
2. *The truth*: ``truth`` differentiates the recorded loss, made readable by ``recognition``; ``witnesses`` confirm it.
3. *The diagnosis*, in ``findings/``: ``gradients`` compares; ``diagnosis`` breaks one rule of ``backprop`` after the
   other, each a mistake of ``mistakes/``, until it gives the author's numbers; ``factors`` knows what needs no search.
4. *The line*, in ``lines/``: ``backward`` records the author's backward pass; ``departures``, ``peeling``,
   ``omissions`` and others find where it leaves the true one, ``placing`` the expression. ``correction/`` tries what
   should be written there.
5. *What is said*, in ``findings/``: ``explained``, ``multiples``, ``losses``, ``unexplained``, with ``hints`` and
   ``wording``; ``reasons`` says why unusual code is right.
6. *What no gradient shows*: ``lints/``, which ``running/observe`` the training loop; ``optimizers``,
   ``adaptive_rules`` and ``adaptive_search`` know its rules.
7. *The report*: ``rendering/``. ``api`` holds it all together; ``guards`` sees to it that a part which fails, or for
   which no time is left, costs only itself.
"""
