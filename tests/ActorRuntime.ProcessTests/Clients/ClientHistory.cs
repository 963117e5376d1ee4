using System.Diagnostics;
using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>What the clients of all processes of a run wrote down, and the judgement on it.</summary>
/// <remarks>Lines may come in any order, from any thread. The times of all processes are of one clock.</remarks>
internal sealed class ClientHistory
{
    private readonly Dictionary<(int Process, int Call), (ClientEvent Call, ClientEvent? Answer)> _calls = [];
    private readonly Dictionary<string, long> _answered = []; // Of each key: when the last call that was answered was asked.

    /// <summary>Takes a line of a process; what is no whole line was never written.</summary>
    public void Take(int process, string line)
    {
        if (ClientRecord.Read(line) is not { } read) return;
        lock (_calls)
        {
            if (read.Key is not null)
            {
                _calls.Add((process, read.Call), (read, null));
                return;
            }
            var call = _calls[(process, read.Call)].Call;
            _calls[(process, read.Call)] = (call, read);
            _answered[call.Key!] = Math.Max(_answered.GetValueOrDefault(call.Key!), call.At);
        }
    }

    /// <summary>Whether every object that was ever asked has answered a call that was asked since.</summary>
    /// <param name="since">A reading of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public bool AllAnswerSince(long since)
    {
        lock (_calls) return _calls.Count > 0 && _calls.Values.Select(one => one.Call.Key!).Distinct().All(key => _answered.GetValueOrDefault(key) > since);
    }

    /// <summary>Searches an order of all calls that explains all answers.</summary>
    public ClientVerdict Judge()
    {
        lock (_calls)
        {
            var (registers, counters) = (new History<RegisterOperation, RegisterResult>(), new History<CounterOperation, long?>());
            var numbers = new Dictionary<ClientEvent, int>(ReferenceEqualityComparer.Instance);
            // Of equal times the calls go first: that makes them concurrent, and accuses nobody falsely.
            foreach (var (line, call) in _calls.Values.SelectMany(Lines).OrderBy(one => Ticks(one.Line)).ThenBy(one => one.Line != one.Call))
            {
                var at = new MonotonicTime(Ticks(line));
                if (line == call)
                    numbers[call] = call.Register is { } asked ? registers.Invoke(call.Client, call.Key!, asked, at) : counters.Invoke(call.Client, call.Key!, call.Counter!.Value, at);
                else if (call.Register is not null) registers.Complete(numbers[call], line.Told!.Value, at);
                else counters.Complete(numbers[call], line.Sum!.Value, at);
            }
            var (first, second) = (LinearizabilityCheck.Run(registers, new RegisterModel()), LinearizabilityCheck.Run(counters, new CounterModel()));
            var wrong = first.Verdict != LinearizabilityVerdict.Linearizable ? $"{first}" : second.Verdict != LinearizabilityVerdict.Linearizable ? $"{second}" : null;
            return new(_calls.Count, first.Keys + second.Keys, _calls.Values.Count(one => one.Answer is not null), first.StatesExplored + second.StatesExplored, wrong);
        }
    }

    private static IEnumerable<(ClientEvent Line, ClientEvent Call)> Lines((ClientEvent Call, ClientEvent? Answer) one) =>
        one.Answer is null ? [(one.Call, one.Call)] : [(one.Call, one.Call), (one.Answer, one.Call)];

    /// <summary>In the unit of the histories, 100 ns: from a call's time on, to an answer's end.</summary>
    private static long Ticks(ClientEvent line)
    {
        var frequency = Stopwatch.Frequency / TimeSpan.TicksPerSecond;
        return line.Key is not null ? line.At / frequency : (line.At + frequency - 1) / frequency;
    }
}

/// <summary>What became of the calls of a run.</summary>
/// <param name="Answered">The others are of unknown outcome.</param>
/// <param name="States">That the search went through.</param>
/// <param name="Wrong">What no order explains; null when one explains everything.</param>
internal sealed record ClientVerdict(int Calls, int Keys, int Answered, long States, string? Wrong);
