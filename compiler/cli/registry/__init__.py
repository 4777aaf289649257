"""`freshet registry …`: one module for each action, with a function `run`.

`facts` has the words for what the contract says, `form` reads a registry from options, `secret`
knows where secrets come from. `file`, `plan` and what begins with `from_` serve whole files.
"""
