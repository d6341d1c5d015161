from .models import Call, Recording, Transcription


class Store:
    """Every call, recording and transcription by its sid, oldest first."""

    def __init__(self, max_calls: int) -> None:
        self._max_calls = max_calls
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self.transcriptions: dict[str, Transcription] = {}

    def add_call(self, call: Call) -> None:
        if len(self.calls) >= self._max_calls:
            self._forget_oldest_finished()
        self.calls[call.sid] = call

    def add_recording(self, recording: Recording) -> None:
        self.recordings[recording.sid] = recording
        recording.call.recordings.append(recording)

    def add_transcription(self, transcription: Transcription) -> None:
        self.transcriptions[transcription.sid] = transcription
        transcription.recording.transcriptions.append(transcription)

    def remove_transcription(self, transcription: Transcription) -> None:
        del self.transcriptions[transcription.sid]
        transcription.recording.transcriptions.remove(transcription)

    def clear(self) -> None:
        self.calls.clear()
        self.recordings.clear()
        self.transcriptions.clear()

    def _forget_oldest_finished(self) -> None:
        oldest = next((call for call in self.calls.values() if call.is_over), None)
        if oldest is None:
            return
        del self.calls[oldest.sid]
        for recording in oldest.recordings:
            self.recordings.pop(recording.sid, None)
            for transcription in recording.transcriptions:
                self.transcriptions.pop(transcription.sid, None)
