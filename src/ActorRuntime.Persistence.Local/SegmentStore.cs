using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Persistence.Local.Recovery;

namespace ActorRuntime.Persistence.Local;

/// <summary>The local store of a node in a directory of its own: memory-mapped, checksummed segments, a folder for each log.</summary>
/// <remarks>
/// The directory belongs to one process at a time, by a kernel lock it holds for life. Two workers serve all logs: one flushes, the other
/// opens, makes and deletes files. The format, and what is done after which failure: docs/storage-local.md.
/// </remarks>
public sealed class SegmentStore : IBlockStore
{
    private readonly Lock _lock = new();
    private readonly RuntimeEnvironment _environment;
    private readonly LocalStoreOptions _options;
    private readonly IDisk _disk;
    private readonly IWorker _worker;
    private readonly Flusher _flusher;
    private readonly LogContext _context;
    private readonly LogFolder _folders;
    private readonly string _logsDirectory;
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SegmentLog> _open = new(StringComparer.Ordinal);
    private ILockFile? _lockFile;
    private Task? _closing;

    /// <summary>Nothing is touched before <see cref="OpenAsync"/>.</summary>
    /// <exception cref="Util.OptionsException">A setting is out of its range.</exception>
    public SegmentStore(LocalStoreOptions options, RuntimeEnvironment environment)
        : this(options, environment, new LocalDisk())
    {
    }

    internal SegmentStore(LocalStoreOptions options, RuntimeEnvironment environment, IDisk disk)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Directory);
        options.Validated();
        _options = options with { Directory = Path.GetFullPath(options.Directory) };
        (_environment, _disk) = (environment, disk);
        _logsDirectory = Path.Combine(_options.Directory, StoreFormat.Logs);
        _worker = environment.StartWorker("blocks-files");
        _flusher = new Flusher(environment, options.FlushInterval, options.FlushesAtOnce);
        _context = new LogContext(
            disk, _options, new SegmentFiles(disk, _options), _flusher, environment.Random("blocks"), Work, Closed);
        _folders = new LogFolder(_context, environment.Host.BootId);
    }

    /// <inheritdoc/>
    public long OpenCount { get; private set; }

    /// <summary>Bytes of all logs and of spare files.</summary>
    public long Bytes => _context.Files.Bytes;

    /// <inheritdoc/>
    public IReadOnlyList<string> Logs
    {
        get
        {
            lock (_lock) return [.. _names];
        }
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => RunAsync($"open the local store {_options.Directory}", () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
        return true;
    });

    /// <inheritdoc/>
    public Task<IBlockLog?> OpenLogAsync(string name, CancellationToken cancellationToken) => RunAsync<IBlockLog?>($"open the log {name}", () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_names.Contains(name)) return null;
            ThrowIfOpen(name);
        }
        return Register(_folders.Open(FolderOf(name), name));
    });

    /// <inheritdoc/>
    public Task<IBlockLog> CreateAsync(string name, BlockPlace start, CancellationToken cancellationToken) => RunAsync<IBlockLog>($"make the log {name}", () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        Delete(name);
        var folder = FolderOf(name);
        var made = folder + StoreFormat.New;
        try
        {
            _folders.Create(made, name, start);
        }
        catch
        {
            _context.Files.Count(-SizeOf(made));
            Directory.Delete(made, recursive: true);
            throw;
        }
        Directory.Move(made, folder);
        lock (_lock) _names.Add(name);
        _disk.FlushDirectory(_logsDirectory);
        return Register(_folders.Open(folder, name));
    });

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => RunAsync($"delete the log {name}", () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        Delete(name);
        return true;
    });

    /// <summary>Opens a damaged log at what can be believed of it, as another one.</summary>
    /// <param name="scan">Of its folder as it is now.</param>
    /// <param name="isStateLost">Whether its state is to be made anew.</param>
    internal Task<IBlockLog> CutAsync(string name, LogScan scan, bool isStateLost) => RunAsync<IBlockLog>($"repair the log {name}", () =>
    {
        if (isStateLost) _folders.RenewState(scan);
        return Register(_folders.Open(scan, keepsStoreId: false));
    });

    /// <summary>Closes the logs that are open, in order, and lets go of the directory.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_closing ??= CloseAsync());
    }

    private async Task CloseAsync()
    {
        SegmentLog[] open;
        lock (_lock) open = [.. _open.Values];
        foreach (var log in open) await log.DisposeAsync().ConfigureAwait(false);
        await _flusher.RunAsync(static () => { }).ConfigureAwait(false);
        _flusher.Dispose();
        await WorkerTask.RunAsync(_worker, () => _lockFile?.Dispose()).ConfigureAwait(false);
        _worker.Dispose();
    }

    private void Open()
    {
        Directory.CreateDirectory(_options.Directory);
        if (_disk.NetworkFileSystem(_options.Directory) is { } network)
        {
            throw new BlockStoreException(
                $"The local store {_options.Directory} is on a network file system ({network}): another machine may write to it, and its locks may miss "
                + "that. Put actor-runtime.persistence.local.directory on a disk of this machine.");
        }
        var me = $"process {_environment.Host.ProcessId} on {_environment.Host.HostName}";
        var storePath = Path.Combine(_options.Directory, StoreFormat.StoreFile);
        _lockFile = _environment.LockFiles.TryAcquire(Path.Combine(_options.Directory, StoreFormat.LockFile), me)
            ?? throw new BlockStoreException(
                $"The local store {_options.Directory} is in use by {StoreFile.Read(_environment.Files, storePath).OpenedBy}. Stop it, or give this "
                + "node another actor-runtime.persistence.local.directory.");
        try
        {
            OpenCount = StoreFile.CountOpening(_environment.Files, storePath, me);
            Directory.CreateDirectory(_logsDirectory);
            foreach (var folder in Directory.GetDirectories(_logsDirectory))
            {
                var folderName = Path.GetFileName(folder);
                if (folderName.EndsWith(StoreFormat.New, StringComparison.Ordinal) || folderName.EndsWith(StoreFormat.Old, StringComparison.Ordinal))
                {
                    Directory.Delete(folder, recursive: true);
                }
                else if (StoreFormat.LogName(folderName) is { } name)
                {
                    lock (_lock) _names.Add(name);
                    _context.Files.Count(SizeOf(folder));
                }
            }
            _context.Files.Open();
            _disk.FlushDirectory(_options.Directory);
            _context.ReplenishSpares();
        }
        catch
        {
            _lockFile.Dispose();
            _lockFile = null;
            throw;
        }
    }

    private void Delete(string name)
    {
        var folder = FolderOf(name);
        lock (_lock)
        {
            ThrowIfOpen(name);
            if (!_names.Contains(name)) return;
        }
        // Under its new name it is no log any more, however far the deletion of its files gets.
        Directory.Move(folder, folder + StoreFormat.Old);
        lock (_lock) _names.Remove(name);
        _disk.FlushDirectory(_logsDirectory);
        foreach (var file in Directory.GetFiles(folder + StoreFormat.Old))
        {
            var length = new FileInfo(file).Length;
            if (StoreFormat.SegmentNumber(file) is not null) _context.Files.TakeBack(file, length);
            else _context.Files.Count(-length);
        }
        Directory.Delete(folder + StoreFormat.Old, recursive: true);
    }

    private SegmentLog Register(SegmentLog log)
    {
        lock (_lock) _open.Add(log.Name, log);
        return log;
    }

    private void Closed(SegmentLog log)
    {
        lock (_lock) _open.Remove(log.Name);
    }

    /// <summary>Background work; what comes after the end of the store is not done.</summary>
    private void Work(Action work)
    {
        try
        {
            _worker.Post(work);
        }
        catch (InvalidOperationException)
        {
            // It only prepares or removes files: the next opening does that too.
        }
    }

    private async Task<T> RunAsync<T>(string what, Func<T> work)
    {
        ObjectDisposedException.ThrowIf(_closing is not null, this);
        try
        {
            return await WorkerTask.RunAsync(_worker, work).ConfigureAwait(false);
        }
        catch (Exception e) when (e is (IOException and not BlockStoreException) or UnauthorizedAccessException)
        {
            throw new BlockStoreException($"Cannot {what}: {e.Message}", e);
        }
    }

    private void ThrowIfOpen(string name)
    {
        if (_lockFile is null) throw new InvalidOperationException("The store is not open");
        if (_open.ContainsKey(name)) throw new InvalidOperationException($"The log {name} is open already");
    }

    private string FolderOf(string name) => Path.Combine(_logsDirectory, StoreFormat.FolderName(name));

    private static long SizeOf(string folder) => Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length);
}
