using System.Collections.Immutable;
using System.Net;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What the channel keeps about one incarnation of one peer: the signals sent to it, those heard of it, and what it said
/// last.</summary>
internal sealed class PeerLink(NodeKey peer)
{
    private const int SentRemembered = 256; // At ten signals a second 25 s: older echoes prolong no lease.
    private const int WindowBits = 64;
    private const int RoundTripWeight = 64; // As of the jitter.

    // A large cluster has many members that are never signalled, and few of whom anybody is silent.
    private long[] _leaseEnds = [], _sentAts = [];
    private ulong[] _supports = [], _silent = [];
    private int _supportsCount, _silentCount;
    private long _sent, _received, _echoed, _roundTrips;
    private double _roundTrip;
    private ulong _window;

    public NodeKey Peer { get; } = peer;

    /// <summary>Null until its name is resolved.</summary>
    public IPEndPoint? EndPoint { get; set; }

    /// <summary>Judges the peer; null while this node does not observe it.</summary>
    public FailureDetector? Detector { get; set; }

    /// <summary>Epoch of the peer's newest observer set in the view applied here.</summary>
    public long PeerEpoch { get; set; }

    /// <summary>True while this node sends to the peer at every interval.</summary>
    public bool IsTarget { get; set; }

    /// <summary>True while the peer's report is awaited and it may not signal here by itself: each signal to it asks for a
    /// reply.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Newest sequence heard: what is echoed.</summary>
    public long HeardSequence { get; private set; }

    /// <summary>When its newest signal arrived, heard or not.</summary>
    public MonotonicTime? ReceivedAt { get; private set; }

    /// <summary>Its newest signal says that it does not hear this node.</summary>
    public bool IsDeaf { get; private set; }

    public TimeSpan LeaseHeardMax { get; private set; }

    /// <summary>The longest lease the peer may have granted, by its last signal.</summary>
    public TimeSpan LeaseGrantedMax { get; private set; }

    public long Heard { get; private set; }

    public long Missed { get; private set; }

    public long Duplicates { get; private set; }

    public long Late { get; private set; }

    public JitterEstimate Jitter { get; } = new();

    public long AppliedVersion { get; private set; } = -1;

    /// <summary>What views up to this version took from it has stopped there, as it said last.</summary>
    public long HandedOverVersion { get; private set; }

    public bool IsSteppedDown { get; private set; }

    public ReadOnlySpan<ulong> Supports => _supports.AsSpan(0, _supportsCount);

    public ReadOnlySpan<ulong> Silent => _silent.AsSpan(0, _silentCount);

    /// <summary>True when the last report named incarnations that the view applied then did not know.</summary>
    public bool HasUnknownNames { get; set; }

    public long SentCount => _sent;

    /// <summary>From a signal to its first echo, on average: the way there and back, and the peer's wait for its next signal. Zero before
    /// there was one.</summary>
    public TimeSpan RoundTrip => new((long)_roundTrip);

    /// <summary>Takes the next sequence for a signal whose lease ends at <paramref name="leaseEnd"/>.</summary>
    public long NextSequence(MonotonicTime now, MonotonicTime leaseEnd)
    {
        if (_sent == 0) (_leaseEnds, _sentAts) = (new long[SentRemembered], new long[SentRemembered]);
        var sequence = ++_sent;
        _leaseEnds[sequence % SentRemembered] = leaseEnd.Ticks;
        _sentAts[sequence % SentRemembered] = now.Ticks;
        return sequence;
    }

    /// <summary>Takes in an echo: the end of the lease that the signal <paramref name="sequence"/> asked for; false when it is forgotten or
    /// was never sent.</summary>
    public bool TryTakeEcho(long sequence, MonotonicTime now, out MonotonicTime leaseEnd)
    {
        var isRemembered = sequence > 0 && sequence <= _sent && sequence > _sent - SentRemembered;
        leaseEnd = isRemembered ? new MonotonicTime(_leaseEnds[sequence % SentRemembered]) : default;
        if (isRemembered && sequence > _echoed)
        {
            _echoed = sequence; // Said again it is only older.
            _roundTrip += (now.Ticks - _sentAts[sequence % SentRemembered] - _roundTrip) / Math.Min(++_roundTrips, RoundTripWeight);
        }
        return isRemembered;
    }

    /// <summary>True when nothing of the peer has arrived for <paramref name="time"/>, or ever.</summary>
    public bool HasReceivedNothingFor(TimeSpan time, MonotonicTime now) => ReceivedAt is not { } at || now - at > time;

    /// <summary>This node was not scheduled for a while and knows nothing about that time.</summary>
    public void RestartObservation(MonotonicTime now) => ReceivedAt = ReceivedAt is null ? null : now;

    /// <summary>Replay protection: only a sequence above all before it is accepted; the others are counted.</summary>
    public bool Accept(long sequence, MonotonicTime now)
    {
        var ahead = sequence - _received;
        if (ahead > 0)
        {
            Missed += _received == 0 ? 0 : ahead - 1;
            _window = ahead >= WindowBits ? 1 : (_window << (int)ahead) | 1;
            (_received, ReceivedAt) = (sequence, now);
            return true;
        }
        if (-ahead < WindowBits && (_window & (1UL << (int)-ahead)) == 0)
        {
            _window |= 1UL << (int)-ahead;
            Late++;
            if (Missed > 0) Missed--;
        }
        else
        {
            Duplicates++;
        }
        return false;
    }

    /// <summary>Notes an accepted signal of a peer that hears this node: it is echoed from now on.</summary>
    public void OnHeard(SignalDatagram signal)
    {
        HeardSequence = signal.Sequence;
        if (signal.Lease > LeaseHeardMax) LeaseHeardMax = signal.Lease;
    }

    /// <summary>Notes what an accepted signal says.</summary>
    /// <returns>True when what the peer says of itself differs from what it said before.</returns>
    public bool OnReport(SignalDatagram signal, MonotonicTime now)
    {
        Heard++;
        if (!signal.Has(SignalFlags.ProbeReply)) Jitter.OnArrival(signal.SentAt, now);
        IsDeaf = signal.Has(SignalFlags.Deaf);
        LeaseGrantedMax = signal.LeaseHeardMax;

        var supports = signal.Supports.AsSpan(0, signal.SupportsCount);
        var silent = signal.Silent.AsSpan(0, signal.SilentCount);
        var steppedDown = signal.Has(SignalFlags.SteppedDown);
        if (signal.AppliedVersion == AppliedVersion && signal.HandedOverVersion == HandedOverVersion && steppedDown == IsSteppedDown
            && supports.SequenceEqual(Supports) && silent.SequenceEqual(Silent)) return false;

        (AppliedVersion, HandedOverVersion, IsSteppedDown) = (signal.AppliedVersion, signal.HandedOverVersion, steppedDown);
        (_supportsCount, _silentCount) = (supports.Length, silent.Length);
        Copy(supports, ref _supports, SignalDatagram.SupportsMax);
        Copy(silent, ref _silent, SignalDatagram.SilentMax);
        return true;
    }

    /// <summary>What the peer said last, in names of the view; incarnations that no name is known for are left out and noted.</summary>
    public SignalEvent.Reported Report(IReadOnlyDictionary<ulong, NodeKey> names)
    {
        HasUnknownNames = false;
        var supports = Resolve(Supports, names);
        return new(Peer, AppliedVersion, HandedOverVersion, supports, Resolve(Silent, names), IsSteppedDown);
    }

    private static void Copy(ReadOnlySpan<ulong> said, ref ulong[] into, int max)
    {
        if (said.Length > into.Length) into = new ulong[max];
        said.CopyTo(into);
    }

    private ImmutableArray<NodeKey> Resolve(ReadOnlySpan<ulong> incarnations, IReadOnlyDictionary<ulong, NodeKey> names)
    {
        if (incarnations.IsEmpty) return [];
        var nodes = new List<NodeKey>(incarnations.Length);
        foreach (var incarnation in incarnations)
        {
            if (names.TryGetValue(incarnation, out var node)) nodes.Add(node);
            else HasUnknownNames = true;
        }
        nodes.Sort();
        return [.. nodes];
    }
}
