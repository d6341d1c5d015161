from atlas.errors import NotFound


class CallNotFound(NotFound):
    pass


class RecordingNotFound(NotFound):
    pass
