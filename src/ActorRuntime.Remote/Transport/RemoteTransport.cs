using System.Collections.Concurrent;
using System.Net;
using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.Remote.Delivery;

namespace ActorRuntime.Remote.Transport;

/// <summary>The network side of one actor system: its listener, its associations, its counters.</summary>
internal sealed class RemoteTransport : IDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<Address, Association> _associations = new();
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ExtendedActorSystem _system;
    private readonly IStreamListener _listener;
    private readonly LogWindow _badLog, _unreadableLog, _unwritableLog, _fullLog;
    private int _inboundCount;
    private long _uid;

    public RemoteTransport(ExtendedActorSystem system, RemoteActorRefProvider provider, RemoteOptions options, RuntimeEnvironment environment, long uid, RemoteLog log)
    {
        (_system, Provider, Options, Environment, _uid, Log) = (system, provider, options, environment, uid, log);
        (_badLog, _unreadableLog, _unwritableLog, _fullLog) = (NewWindow(), NewWindow(), NewWindow(), NewWindow());
        _listener = environment.Streams.Listen(new IPEndPoint(BindAddress(options), options.Port));
        Address = new Address(RemoteActorRefProvider.Protocol, system.Name, options.Hostname, _listener.LocalEndPoint.Port);
        Stopping = _stopping.Token;

        LogWindow NewWindow() => new(options.LogWindow, environment);
    }

    public RemoteActorRefProvider Provider { get; }

    public RemoteOptions Options { get; }

    public RuntimeEnvironment Environment { get; }

    public Serialization.Serialization Serialization => _system.Serialization;

    public RemoteLog Log { get; }

    public RemoteCounters Counters { get; } = new();

    public Quarantine Quarantine { get; } = new();

    /// <summary>Where other nodes find this one.</summary>
    public Address Address { get; }

    /// <summary>This system's incarnation.</summary>
    public long Uid => Volatile.Read(ref _uid);

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Begins to accept.</summary>
    public void Start() => Start(AcceptAsync);

    /// <summary>Starts a loop through the executor; a failure of it is our bug and is logged as such.</summary>
    public void Start(Func<Task> loop) => Environment.Executor.Execute(new Loop(this, loop), preferLocal: false);

    /// <summary>The association with a peer, made on first use; null when there are too many.</summary>
    public Association? TryGetAssociation(Address peer)
    {
        if (_associations.TryGetValue(peer, out var known)) return known;
        lock (_gate)
        {
            if (_associations.TryGetValue(peer, out known)) return known;
            if (_associations.Count >= Options.PeersMax) return null;
            return _associations[peer] = new Association(this, peer);
        }
    }

    /// <summary>Goes on as another incarnation: connections end, watches across them fire.</summary>
    public void Renew(long uid)
    {
        Volatile.Write(ref _uid, uid);
        foreach (var association in InOrder()) association.Renew();
    }

    /// <summary>Sends what waits, says goodbye, closes everything.</summary>
    public async Task CloseAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        using (var flush = new CancellationTokenSource(Options.FlushTimeout, Environment.Time))
        {
            await Task.WhenAll(InOrder().Select(association => association.CloseAsync(flush.Token))).ConfigureAwait(false);
        }
        _stopping.Cancel(); // Not CancelAsync: that would leave the executor for the pool.
        foreach (var association in InOrder()) association.Renew();
    }

    /// <summary>Shuts out an incarnation, whether it is known yet or not.</summary>
    public void Quarantined(Address peer, long uid, string reason)
    {
        if (TryGetAssociation(peer) is { } association) association.Quarantine(uid, reason);
        else Quarantine.Add(peer, uid);
    }

    public void Publish(object @event) => _system.EventStream.Publish(@event);

    /// <summary>A message that will not leave.</summary>
    public void Drop(object message, IActorRef? sender, IActorRef recipient)
    {
        Counters.AddDroppedOutbound();
        _system.DeadLetters.Tell(new DeadLetter(message, sender ?? ActorRefs.Nobody, recipient), sender);
    }

    /// <summary>A message that cannot be serialized.</summary>
    public void Unwritable(in OutboundMessage message, Exception cause)
    {
        if (_unwritableLog.TryOpen(out var heldBack)) Log.Unwritable(message.Recipient.Path.ToString(), cause.Message, heldBack);
        Drop(message.Message, message.Sender, message.Recipient);
    }

    /// <summary>A message that arrived and cannot be read.</summary>
    public void Unreadable(Address peer, in MessageHead head, Exception cause)
    {
        Counters.AddDroppedInbound();
        if (_unreadableLog.TryOpen(out var heldBack)) Log.Unreadable(peer, head.Recipient.Path.ToString(), head.Manifest.Name, cause.Message, heldBack);
    }

    /// <summary>A connection closed because of what came over it.</summary>
    public void BadConnection(string remote, string reason)
    {
        Counters.AddBadConnection();
        if (_badLog.TryOpen(out var heldBack)) Log.BadConnection(remote, reason, heldBack);
    }

    /// <summary>The peer will not hear this incarnation any more; whoever watches there learns it.</summary>
    public void RefusedAsQuarantined(Association association, long peerUid)
    {
        Publish(new ThisSystemQuarantined(association.Peer, peerUid));
        association.GiveUp(association.Uid, "it has quarantined this incarnation");
    }

    public void Dispose() => _stopping.Dispose();

    private static IPAddress BindAddress(RemoteOptions options)
    {
        var host = options.BindHostname.Length > 0 ? options.BindHostname : options.Hostname;
        if (IPAddress.TryParse(host, out var address)) return address;
        return host == "localhost" ? IPAddress.Loopback : IPAddress.Any;
    }

    private IEnumerable<Association> InOrder() => _associations.Values.OrderBy(association => association.Peer);

    private async Task AcceptAsync()
    {
        while (!Stopping.IsCancellationRequested)
        {
            try
            {
                var connection = await _listener.AcceptAsync(Stopping).ConfigureAwait(false);
                if (Interlocked.Increment(ref _inboundCount) <= Options.InboundConnectionsMax)
                {
                    Start(() => ServeAsync(connection));
                    continue;
                }
                Interlocked.Decrement(ref _inboundCount);
                Counters.AddRefusedOther();
                if (_fullLog.TryOpen(out var heldBack)) Log.TooManyConnections(Options.InboundConnectionsMax, heldBack);
                await connection.DisposeAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException e)
            {
                // Out of descriptors, most likely: peers try again, so do we.
                Log.AcceptFailed(e.Message);
                await Task.Delay(AcceptPause, Environment.Time, Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(IStreamConnection connection)
    {
        try
        {
            await new InboundLink(this, connection).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _inboundCount);
        }
    }

    private sealed class Loop(RemoteTransport transport, Func<Task> loop) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
#pragma warning disable CA1031 // The outermost frame of every loop: what gets here is our bug and must not vanish.
            try
            {
                await loop().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                transport.Log.LoopFailed(e);
            }
#pragma warning restore CA1031
        }
    }
}
