using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What the routes beside the signals say about one peer (CL-9), and when to try them next.</summary>
/// <remarks>
/// Sans-IO. The lock file of a peer on this host is the only one that proves anything (SAFETY 1B-13): it is tried at once when the
/// connection
/// breaks, then every few milliseconds, since the kernel closes a dying process's sockets before it lets go of its locks; and slowly
/// while the
/// peer is suspected. A refused port is strong evidence, an accepted connection says that the kernel lives, no answer says nothing.
/// </remarks>
internal sealed class SecondRoute(bool hasLockFile)
{
    private static readonly TimeSpan AfterCut = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FastPause = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(100);

    private MonotonicTime? _cutAt;
    private bool _isLockTried, _isConnecting;
    private string _connection = "no connection lost";
    private string _port = "port not tried";

    /// <summary>Wall clock at which the first doubt arose; null without any.</summary>
    public DateTimeOffset? SuspectedAt { get; private set; }

    public bool IsSuspected { get; private set; }

    public bool IsRefused { get; private set; }

    /// <summary>True when connection and port agree that the process is gone.</summary>
    public bool IsStrong => IsRefused && _cutAt is not null;

    public string Detail => $"{_connection}, {_port}";

    public void OnSuspected(DateTimeOffset wallClock)
    {
        IsSuspected = true;
        SuspectedAt ??= wallClock;
    }

    public void OnCut(string reason, MonotonicTime now, DateTimeOffset wallClock)
    {
        (_cutAt, _connection) = (now, "connection " + reason);
        SuspectedAt ??= wallClock;
    }

    public void OnReconnected() => (_cutAt, IsRefused, _connection) = (null, false, "connection open again");

    /// <summary>The peer was heard again.</summary>
    public void OnRestored()
    {
        (IsSuspected, IsRefused, SuspectedAt, _cutAt) = (false, false, null, null);
        (_connection, _port) = ("no connection lost", "port not tried");
    }

    /// <summary>True when the lock file is to be tried now.</summary>
    public bool TryBeginLock(MonotonicTime now)
    {
        if (!hasLockFile || _isLockTried || !IsDoubtful(now)) return false;
        return _isLockTried = true;
    }

    public void OnLockHeld() => _isLockTried = false;

    /// <summary>True when the port is to be tried now.</summary>
    public bool TryBeginConnect(MonotonicTime now)
    {
        if (_isConnecting || IsRefused || !IsDoubtful(now)) return false;
        return _isConnecting = true;
    }

    public void OnConnected(ConnectOutcome outcome)
    {
        _isConnecting = false;
        IsRefused = outcome == ConnectOutcome.Refused;
        _port = outcome switch
        {
            ConnectOutcome.Accepted => "port answers",
            ConnectOutcome.Refused => "port refused",
            _ => "port unreachable",
        };
    }

    /// <summary>How long to wait before the routes are tried again; null when there is nothing to find out.</summary>
    public TimeSpan? Pause(MonotonicTime now) =>
        !IsDoubtful(now) ? null : hasLockFile && _cutAt is { } cut && now - cut < AfterCut ? FastPause : SlowPause;

    private bool IsDoubtful(MonotonicTime now) => IsSuspected || (_cutAt is { } cut && now - cut < AfterCut);
}

/// <summary>What a connect attempt said.</summary>
internal enum ConnectOutcome
{
    /// <summary>Somebody listens: the process or at least its kernel lives.</summary>
    Accepted,

    /// <summary>The host answered, and nobody listens.</summary>
    Refused,

    /// <summary>No answer.</summary>
    Unreachable,
}
