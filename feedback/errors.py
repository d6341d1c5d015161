from atlas.errors import NotFound


class FeedbackNotFound(NotFound):
    pass
