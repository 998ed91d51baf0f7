"""The documentation as a site: ``python -m tools.site`` (``make site``) builds it into out/site.

The pages of the repository are taken as they are; what the code knows better is written from it (`reference`,
`library`).
"""
