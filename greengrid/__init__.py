"""greengrid"""
