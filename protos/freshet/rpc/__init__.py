"""How the services of Freshet speak gRPC: errors, names, pages, serving and connecting.

Nothing here knows a particular service.
"""
