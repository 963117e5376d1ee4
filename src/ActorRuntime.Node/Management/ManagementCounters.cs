namespace ActorRuntime.Node.Management;

/// <summary>What happened on the management port since it opened. Any thread.</summary>
internal sealed class ManagementCounters
{
    private long _accepted, _refused, _hostile, _commands, _failed;

    /// <summary>Connections accepted.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Connections closed because <c>connections-max</c> were open.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Connections closed because what came was no request or too long.</summary>
    public long Hostile => Interlocked.Read(ref _hostile);

    /// <summary>Commands begun.</summary>
    public long Commands => Interlocked.Read(ref _commands);

    /// <summary>Commands that ended with an error.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    public void OnAccepted() => Interlocked.Increment(ref _accepted);

    public void OnRefused() => Interlocked.Increment(ref _refused);

    public void OnHostile() => Interlocked.Increment(ref _hostile);

    public void OnCommand() => Interlocked.Increment(ref _commands);

    public void OnFailed() => Interlocked.Increment(ref _failed);
}
