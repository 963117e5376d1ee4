namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Writes a node's marks on a thread of its own: a disk takes its time to flush, and nobody waits for this.</summary>
internal sealed class MarkWriter(IDurableFiles files, string path, IWorker worker) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _isClosed;

    /// <summary>Where the marks stand.</summary>
    public string Path => path;

    /// <summary>Writes the mark after those written before.</summary>
    /// <param name="failed">Told, on the writer's thread, why it could not be written.</param>
    public void Write(LogMark mark, Action<string> failed) => worker.Post(() =>
    {
        lock (_lock)
        {
            if (_isClosed) return;
            try
            {
                files.Replace(path, mark.ToString());
            }
            catch (IOException e)
            {
                failed(e.Message);
            }
        }
    });

    /// <summary>Nothing is written after the return: the next process of this name may have the directory.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
        }
        worker.Dispose();
    }
}
